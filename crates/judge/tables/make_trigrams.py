#!/usr/bin/env python3
"""Makes trigrams.bin: how likely each letter is behind the two before it, in the words that programs are written with.

    make_trigrams.py FOLDER... > trigrams.bin
    make_trigrams.py --texts FOLDER... > languages.bin

Source of the committed table: the words (three letters or more, split at case changes) of the Python 3.11.7 standard library (PSF-2.0) without its
tests and without installed packages. A word counts by the square root of how often it stands, so that rare words speak too.

With `--texts` it reads translations (`.po`) instead: the words of languages in Latin letters, each language with the same weight. Source of the
committed table: the translations in Django 5.2 (BSD-3-Clause). A letter outside ASCII is the border of a word there, as in `wordiness`.
Letters are 1 to 26, 0 is the border of a word; entry (a * 27 + b) * 27 + c is -16 * log2 P(c | a, b), at most 255, Witten-Bell smoothed.
"""
import collections, math, pathlib, re, sys

counts = collections.Counter()


def translations(folders):
    """Words of every language, and how much each counts: all languages together as much as twenty thousand words."""
    languages = collections.defaultdict(collections.Counter)
    for folder in folders:
        for path in sorted(pathlib.Path(folder).rglob("*.po")):
            language = path.parts[-3]
            for text in re.findall(r'^(?:msgstr(?:\[\d\])? )?"(.*)"$', re.sub(r'^msgid.*(\n".*")*', "", path.read_text(errors="replace"), flags=re.M), flags=re.M):
                for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", re.sub(r"%\(\w+\)\w|%\w|\{\w+\}|<[^>]+>|\\\w", " ", text)):
                    languages[language][word.lower()] += 1
    for words in languages.values():
        whole = sum(math.sqrt(count) for count in words.values())
        if len(words) >= 300:
            yield from ((word, math.sqrt(count) * 20000 / whole / len(languages)) for word, count in words.items())


texts = sys.argv[1:2] == ["--texts"]
for folder in sys.argv[1:] if not texts else ():
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.suffix not in (".py", ".rs", ".md", ".rst", ".txt") or not path.is_file() or {"test", "tests", "site-packages"} & set(path.parts):
            continue
        for word in re.findall(r"[A-Z]?[a-z]{2,}|[A-Z]{3,}", path.read_text(errors="replace")):
            if len(word) >= 3:
                counts[word.lower()] += 1
tri, bi, uni = collections.Counter(), collections.Counter(), collections.Counter()
known = ((word, math.sqrt(count)) for word, count in counts.items() if count >= 2 and word.isascii())
for word, weight in translations(sys.argv[2:]) if texts else known:
    letters = [0, 0] + [ord(c) - 96 for c in word] + [0]
    for a, b, c in zip(letters, letters[1:], letters[2:]):
        tri[a, b, c] += weight
        bi[b, c] += weight
        uni[c] += weight


def smooth(counter, key, context, lower):
    total = sums[context]
    kinds = types[context]
    return (counter[key] + kinds * lower) / (total + kinds) if total + kinds else lower


sums, types = collections.Counter(), collections.Counter()
for (a, b, c), n in tri.items():
    sums[a, b] += n
    types[a, b] += 1
for (b, c), n in bi.items():
    sums[b,] += n
    types[b,] += 1
total = sum(uni.values())
table = bytearray()
for a in range(27):
    for b in range(27):
        for c in range(27):
            p1 = (uni[c] + 1) / (total + 27)
            p2 = smooth(bi, (b, c), (b,), p1)
            p3 = smooth(tri, (a, b, c), (a, b), p2)
            table.append(min(255, round(-16 * math.log2(p3))))
sys.stdout.buffer.write(table)
