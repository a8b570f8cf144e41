"""Texts to start fuzzing with, from the fixtures of the repository: a folder for each target."""
import hashlib
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parent.parent
OUT = pathlib.Path(sys.argv[1])
# Indexes of file names in the targets `manifest` and `scan`, by the fence language of the checks' pages.
MANIFEST = {"dockerfile": 0, "yaml": 1, "json": 2, "compose": 3, "values": 4, "helm": 5, "kustomization": 6, "workflow": 7, "gitlab": 8, "env": 9}
SCAN = {"yaml": 1, "dockerfile": 4, "compose": 8, "values": 9, "kustomization": 10, "workflow": 11}


def put(target, text):
    folder = OUT / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha1(text).hexdigest()).write_bytes(text)


def fences(path, language):
    return re.finditer(r"```(" + language + r")\n(.*?)```", path.read_text(), re.S)


for page in ROOT.glob("crates/manifest/src/checks/*/*.md"):
    for fence in fences(page, r"[\w:.-]+"):
        kind = fence[1].split(":")[-1].lower()
        put("manifest", bytes([MANIFEST.get(kind, 1)]) + fence[2].encode())
        put("scan", bytes([SCAN.get(kind, 1)]) + fence[2].encode())
for rules in ROOT.glob("patterns/*.yaml"):
    for rule in re.split(rb"\n(?=- id:)", rules.read_bytes())[:8]:
        put("import", rule)
for corpus in ROOT.glob("tests/corpora/context/*"):
    text = corpus.read_bytes()[:20_000] if corpus.is_file() else b""
    for number, at in enumerate(range(0, len(text), 2000)):
        put("scan", bytes([number % 14]) + text[at : at + 2000])
for page in [*ROOT.glob("docs/*.md"), ROOT / "README.md"]:
    for fence in fences(page, "toml"):
        put("settings", fence[2].encode())
put("settings", b"# keysift baseline 1: x\n0123456789abcdef 0123456789abcdef a b/c\n")
put("settings", b'[{"RuleID":"a","File":"b","StartLine":3}]')
put("settings", b'{"results":{"a":[{"line_number":3}]},"plugins_used":[]}')
put("settings", b'{"schema":"keysift/1","findings":[{"fingerprint":"a"}]}')


def git(*args):
    return subprocess.run(["git", "-C", ROOT, *args], capture_output=True, check=False).stdout


log = git("log", "-m", "--raw", "-z", "--abbrev=40", "--format=%x01%H%x00%an <%ae>%x00%aI%x00%cn <%ce>%x00%B%x00")
for at in range(0, min(len(log), 30_000), 1500):
    put("git", log[at : at + 1500])
put("git", b"refs/heads/a " + b"1" * 40 + b" refs/heads/a " + b"0" * 40 + b"\n")
