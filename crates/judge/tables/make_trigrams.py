#!/usr/bin/env python3
"""Makes trigrams.bin: how likely each letter is behind the two before it, in the words that programs are written with.

    make_trigrams.py FOLDER... > trigrams.bin

Source of the committed table: the words (three letters or more, split at case changes) of the Python 3.11.7 standard library (PSF-2.0) without its
tests and without installed packages. A word counts by the square root of how often it stands, so that rare words speak too.
Letters are 1 to 26, 0 is the border of a word; entry (a * 27 + b) * 27 + c is -16 * log2 P(c | a, b), at most 255, Witten-Bell smoothed.
"""
import collections, math, pathlib, re, sys

counts = collections.Counter()
for folder in sys.argv[1:]:
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.suffix not in (".py", ".rs", ".md", ".rst", ".txt") or not path.is_file() or {"test", "tests", "site-packages"} & set(path.parts):
            continue
        for word in re.findall(r"[A-Z]?[a-z]{2,}|[A-Z]{3,}", path.read_text(errors="replace")):
            if len(word) >= 3:
                counts[word.lower()] += 1
tri, bi, uni = collections.Counter(), collections.Counter(), collections.Counter()
for word, count in counts.items():
    if count < 2 or not word.isascii():
        continue
    weight = math.sqrt(count)
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
