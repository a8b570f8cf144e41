"""Makes sources: repositories, images, slow files. Nothing here looks like a secret; values are made from a seed."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import string
import subprocess
import tarfile
import zlib
from pathlib import Path
from typing import Dict, List, Tuple

ENVIRONMENT = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}

Commit = Dict[str, bytes]


def value(seed: object) -> str:
    """A password of a seed."""
    source = random.Random(f"value {seed}")
    return "".join(source.choice(string.ascii_letters + string.digits) for _ in range(18)) + "4xQ"


def line(seed: object) -> bytes:
    """An assignment that is found."""
    return f"DB_PASSWORD={value(seed)}\n".encode()


def words(seed: object, count: int) -> bytes:
    """Code without secrets."""
    source = random.Random(f"words {seed}")
    names = ["total", "index", "result", "item", "count", "buffer", "width", "name"]
    lines = [f"def {source.choice(names)}_{n}({source.choice(names)}):\n    return {source.choice(names)} + {n}\n" for n in range(count)]
    return "".join(lines).encode()


def stream(commits: List[Commit], branch: str = "main", first: int = 0) -> bytes:
    """Commits for `git fast-import`; a file of no bytes is deleted."""
    out = io.BytesIO()
    for number, files in enumerate(commits, first):
        when = 1_700_000_000 + number * 3600
        message = f"Change {number}".encode()
        out.write(f"commit refs/heads/{branch}\ncommitter A <a@example.org> {when} +0000\ndata {len(message)}\n".encode() + message + b"\n")
        if number == first and first:
            out.write(f"from refs/heads/{branch}^0\n".encode())
        for name, data in files.items():
            if data == b"":
                out.write(f"D {name}\n".encode())
            else:
                out.write(f"M 100644 inline {name}\ndata {len(data)}\n".encode() + data + b"\n")
    return out.getvalue()


def repository(path: Path, commits: List[Commit], branch: str = "main", first: int = 0) -> Path:
    """A bare repository with these commits, or with these more."""
    run = lambda args, data=b"": subprocess.run(["git", *args], input=data, env=ENVIRONMENT, check=True, capture_output=True)  # noqa: E731
    if not path.exists():
        run(["init", "--quiet", "--bare", "--template=", "--initial-branch", branch, str(path)])
    run(["--git-dir", str(path), "fast-import", "--quiet"], stream(commits, branch, first))
    return path


def plain(path: Path, commits: List[Commit], branch: str = "main") -> Path:
    """As `repository`, without starting git, of which 2,000 repositories would need 4,000 processes: loose objects."""
    parents: List[str] = []
    files: Commit = {}
    for number, changed in enumerate(commits):
        files.update(changed)
        tree = _tree(path, {name: data for name, data in files.items() if data})
        who = f"A <a@example.org> {1_700_000_000 + number * 3600} +0000"
        text = f"tree {tree}\n" + "".join(f"parent {parent}\n" for parent in parents) + f"author {who}\ncommitter {who}\n\nChange {number}\n"
        parents = [_object(path, "commit", text.encode())]
    (path / "refs/heads").mkdir(parents=True)
    (path / "refs/heads" / branch).write_text(parents[0] + "\n")
    (path / "HEAD").write_text(f"ref: refs/heads/{branch}\n")
    (path / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
    return path


def _object(path: Path, kind: str, data: bytes) -> str:
    data = f"{kind} {len(data)}\0".encode() + data
    name = hashlib.sha1(data).hexdigest()
    file = path / "objects" / name[:2] / name[2:]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(zlib.compress(data, 1))
    return name


def _tree(path: Path, files: Commit) -> str:
    entries: List[Tuple[bytes, bytes]] = []
    folders: Dict[str, Commit] = {}
    for name, data in files.items():
        first, slash, rest = name.partition("/")
        if slash:
            folders.setdefault(first, {})[rest] = data
        else:
            blob = bytes.fromhex(_object(path, "blob", data))
            entries.append((first.encode(), b"100644 " + first.encode() + b"\0" + blob))
    for name, inside in folders.items():
        entries.append((name.encode() + b"/", b"40000 " + name.encode() + b"\0" + bytes.fromhex(_tree(path, inside))))
    return _object(path, "tree", b"".join(entry for _, entry in sorted(entries)))


def image(path: Path, layers: List[Dict[str, bytes]]) -> Path:
    """An image as `docker save` writes it."""
    blobs: Dict[str, bytes] = {}
    digests = []
    for number, files in enumerate(layers):
        layer = io.BytesIO()
        with tarfile.open(fileobj=layer, mode="w") as tar:
            _add(tar, files)
        blobs[f"{number}.tar"] = layer.getvalue()
        digests.append("sha256:" + hashlib.sha256(layer.getvalue()).hexdigest())
    config = json.dumps({"rootfs": {"type": "layers", "diff_ids": digests}, "config": {}}).encode()
    manifest = json.dumps([{"Config": "config.json", "RepoTags": ["app:1"], "Layers": list(blobs)}]).encode()
    with tarfile.open(path, "w") as tar:
        _add(tar, {"manifest.json": manifest, "config.json": config, **blobs})
    return path


def _add(tar: tarfile.TarFile, files: Dict[str, bytes]) -> None:
    for name, data in files.items():
        info = tarfile.TarInfo(name)
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))


def slow(folder: Path, megabytes: int) -> Path:
    """A folder whose scan takes a while (0.1 s a megabyte, not optimized), and has one finding."""
    folder.mkdir(parents=True)
    (folder / "app.env").write_bytes(line(folder.name))
    with open(folder / "big.py", "wb") as file:
        for _ in range(megabytes):
            file.write(b"password = x\n" * 80659)
    return folder


def small(folder: Path, count: int) -> List[Tuple[Path, List[Commit]]]:
    """Small repositories of a few files and two commits; every tenth has a password, which three share."""
    made = []
    for number in range(count):
        first: Commit = {"README.md": words(f"r{number}", 3), "src/main.py": words(number, 20), "src/util.py": words(f"u{number}", 12)}
        if number % 10 == 0:
            first["config/app.env"] = line(number // 30)
            first["CODEOWNERS"] = f"* @all\n/config/ @team-{number % 4}\n".encode()
        second: Commit = {"src/main.py": words(f"{number}b", 22)}
        made.append((plain(folder / f"r{number:05d}.git", [first, second]), [first, second]))
    return made
