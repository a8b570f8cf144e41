"""What is scanned: git repositories, images, folders, prefixes of object stores."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import os
import re
import tarfile
from pathlib import Path
from typing import IO, Iterable, Iterator, Union

from . import redact

KINDS = ("git", "image", "reference", "folder", "objects")

_GIT_SCHEMES = ("http://", "https://", "ssh://", "git://", "git+ssh://", "file://")
_SCP = re.compile(r"^[\w.-]+@[\w.-]+:(?!//)")
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+://")
_MARK = re.compile(r"^(git|image|folder|objects):(?!//)")


@dataclasses.dataclass(frozen=True)
class Source:
    """One source. `place` never has credentials: they are in the environment of the worker."""

    kind: str
    place: str

    @property
    def name(self) -> str:
        """What people see."""
        return self.place

    @functools.cached_property
    def id(self) -> str:
        """The name of its partition: readable, and different for different sources."""
        digest = hashlib.sha256(f"{self.kind}\0{self.place}".encode("utf-8", "surrogateescape")).hexdigest()
        readable = re.sub(r"[^A-Za-z0-9._-]+", "_", self.place.split("://")[-1]).strip("_.")[-60:]
        return f"{readable}-{digest[:12]}" if readable else digest[:12]

    @property
    def is_remote_git(self) -> bool:
        """Whether it needs a mirror."""
        return self.kind == "git" and (self.place.startswith(_GIT_SCHEMES) or bool(_SCP.match(self.place)))


def parse(text: str) -> Source:
    """The source that a line names.

    An address of git, `docker://IMAGE`, a prefix (`s3://BUCKET/PREFIX`), or a path: of a repository, an image archive, a folder or a file.
    `git:`, `image:`, `folder:` and `objects:` before it say which kind it is. Credentials in addresses are dropped.
    """
    text = text.strip()
    if not text or any(ord(letter) < 32 for letter in text):
        raise ValueError("a source is a line of text")
    if text.startswith("docker://"):
        return Source("reference", redact.address(text))
    marked = _MARK.match(text)
    if marked:
        kind, place = marked.group(1), text[marked.end() :]
        if place.startswith("-") or not place:
            raise ValueError(f"not a source: {redact.message(text)}")
        return Source(kind, redact.address(place) if "://" in place else _local(place, kind))
    if text.startswith("-"):
        raise ValueError(f"not a source: {redact.message(text)}")
    if text.startswith(_GIT_SCHEMES) or _SCP.match(text):
        return Source("git", redact.address(text))
    if _SCHEME.match(text):
        return Source("objects", redact.address(text))
    path = Path(text)
    return Source(kind_of(path), os.path.abspath(path))


def _local(place: str, kind: str) -> str:
    return place if kind == "git" and _SCP.match(place) else os.path.abspath(place)


def kind_of(path: Path) -> str:
    """What a path of this machine is. A path that is not here may be on the workers: it counts as a folder."""
    if (path / ".git").exists() or all((path / name).exists() for name in ("HEAD", "objects", "refs")):
        return "git"
    if (path / "oci-layout").is_file() and (path / "index.json").is_file():
        return "image"
    if path.is_file() and is_image_archive(path):
        return "image"
    return "folder"


def is_image_archive(path: Path) -> bool:
    """Whether a file is a tar with the index of an image. Its members may be in any order, so compressed ones are not looked through."""
    try:
        with tarfile.open(path, "r:") as archive:
            return any(member.name.lstrip("./") in ("manifest.json", "oci-layout") for member in archive)
    except (tarfile.TarError, OSError):
        return False


def read_list(file: Union[str, Path, IO[str]]) -> Iterator[Source]:
    """The sources of a list, one a line; empty lines and `#` comments are skipped. `-` is standard input."""
    if isinstance(file, (str, Path)):
        with open(file, encoding="utf-8", errors="surrogateescape") as lines:
            yield from read_list(lines)
        return
    for line in file:
        line = line.strip()
        if line and not line.startswith("#"):
            yield parse(line)


def each(sources: Iterable[Union[str, Source]]) -> Iterator[Source]:
    """Sources of texts and sources, each once."""
    seen: "set[str]" = set()
    for source in sources:
        source = parse(source) if isinstance(source, str) else source
        # Source objects of callers too: their place is stored.
        source = dataclasses.replace(source, place=redact.address(source.place))
        if source.id not in seen:
            seen.add(source.id)
            yield source


def shard(sources: Iterable[Source], index: int, of: int) -> Iterator[Source]:
    """The part of a list that pod `index` of `of` scans: by the hash of a source, so that a changed list moves nothing."""
    for source in sources:
        digest = hashlib.sha256(source.id.encode()).digest()
        if int.from_bytes(digest[:8], "big") % of == index:
            yield source
