"""How each kind of source is read: its stamp, which changes when its content does; its content; its owners."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional

from . import git, images, owners
from .cache import Known, Tools, folder, tools
from .objects import Objects
from .options import Options
from .sources import Source

Finding = Dict[str, Any]


@dataclasses.dataclass
class Result:
    """What a scan found, and what the cache can learn from it."""

    findings: List[Finding]
    unread: List[str]
    files: int = 0
    size: int = 0
    known: int = 0
    clean: bytes = b""

    @staticmethod
    def of(report: str) -> "Result":
        """From a JSON report."""
        document = json.loads(report)
        coverage = document["summary"]["coverage"]
        unread = [f"{entry['what']}: {entry['why']}" for entry in coverage["unread"]]
        return Result(document["findings"], unread, coverage["files"], coverage["bytes"])


class Reader:
    """A source on this worker."""

    def __init__(self, source: Source, options: Options, made: Tools, deadline: float) -> None:
        self.source, self.options, self.deadline = source, options, deadline
        self._tools = made

    def stamp(self) -> str:
        """A hash that changes when the content does."""
        raise NotImplementedError

    @contextlib.contextmanager
    def fetched(self) -> Iterator[Path]:
        """The content on this disk."""
        yield Path(self.source.place)

    def scan(self, at: Path) -> Result:
        """Scans it."""
        return self.scan_paths([at])

    def owners(self, at: Path) -> owners.Owners:
        """Who owns its files."""
        return owners.load(lambda path: _text(at / path))

    def learn(self, result: Result) -> None:
        """Tells the cache which texts have no findings."""
        self._tools.known.add(result.clean)

    def rest(self) -> float:
        """The seconds that are left."""
        rest = self.deadline - time.monotonic()
        if rest <= 0:
            raise TimeoutError("the time of the source is over")
        return rest

    def scan_paths(self, paths: List[Path], **more: Any) -> Result:
        """Scans files of this disk with one thread: a worker has one core."""
        reading: Dict[str, Any] = {
            "paths": [str(path) for path in paths],
            "archives": self.options.archives,
            "ignore_files": True,
            "hidden": True,
            "max_file_size": self.options.max_file_size,
            "threads": 1,
            "timeout": self.rest(),
            "base": [],
        }
        reading.update(more)
        return Result.of(self._tools.engine._engine.scan(reading))


class Folder(Reader):
    """A folder or a file of this disk."""

    def stamp(self) -> str:
        place = Path(self.source.place)
        digest = hashlib.sha256()
        for entry in _walk(place):
            status = os.lstat(entry)
            text = f"{entry}\0{status.st_mode}:{status.st_size}:{status.st_mtime_ns}:{status.st_ino}\n"
            digest.update(text.encode("utf-8", "surrogateescape"))
        return digest.hexdigest()


class Repository(Reader):
    """A repository of this disk, read where it is."""

    def stamp(self) -> str:
        return git.local_stamp(Path(self.source.place))

    def scan(self, at: Path) -> Result:
        reading = {
            "folder": str(at),
            "range": None,
            "since": None,
            "reflog": False,
            "unreachable": False,
            "archives": self.options.archives,
            "ignore_files": True,
            "max_file_size": self.options.max_file_size,
            "threads": 1,
            "timeout": self.rest(),
        }
        report, clean, known = self._tools.engine._engine.scan_git(reading, self._tools.known.which)
        result = Result.of(report)
        return dataclasses.replace(result, clean=clean, known=known)

    def owners(self, at: Path) -> owners.Owners:
        # Of a work tree without starting git.
        if (at / ".git").exists():
            return super().owners(at)
        return owners.load(lambda path: git.show(at, path, self.deadline))


class Tree(Folder):
    """The work tree of a repository of this disk; of a bare one, the files at its tip."""

    def stamp(self) -> str:
        place = Path(self.source.place)
        return super().stamp() if (place / ".git").exists() else git.local_stamp(place)

    @contextlib.contextmanager
    def fetched(self) -> Iterator[Path]:
        place = Path(self.source.place)
        if (place / ".git").exists():
            yield place
            return
        with tempfile.TemporaryDirectory(prefix="keysift-") as work:
            git.checkout(place, Path(work), self.deadline)
            yield Path(work)


class Mirror(Repository):
    """A remote repository, through a mirror in the cache."""

    _references: bytes = b""

    def stamp(self) -> str:
        self._references = git.remote_references(self.source.place, self.deadline)
        return hashlib.sha256(self.options.scan.encode() + b"\0" + self._references).hexdigest()

    @contextlib.contextmanager
    def fetched(self) -> Iterator[Path]:
        history = self.options.scan == "history"
        mirrors = git.Mirrors(folder(self.options), self.options.min_free_disk)
        with mirrors.locked(f"{self.source.id}-{self.options.scan}", self.deadline) as mirror:
            mirrors.update(mirror, self.source.place, self._references, history, self.deadline)
            if history or not self._references.strip():
                yield mirror
                return
            with tempfile.TemporaryDirectory(prefix="keysift-") as work:
                git.checkout(mirror, Path(work), self.deadline)
                yield Path(work)

    def scan(self, at: Path) -> Result:
        if not self._references.strip():
            return Result([], [])
        return super().scan(at) if self.options.scan == "history" else self.scan_paths([at])

    def owners(self, at: Path) -> owners.Owners:
        return super().owners(at) if self.options.scan == "history" else Reader.owners(self, at)


class Image(Folder):
    """An image on this disk: an archive or a layout."""

    def scan(self, at: Path) -> Result:
        all_layers = images.layers(at)
        known = self._tools.known
        digests = sorted({layer for image in all_layers for layer in image})
        clean = dict(zip(digests, known.knows([Known.name("layer", digest) for digest in digests])))
        base = images.left_out(all_layers, lambda layer: clean.get(layer, False))
        result = self.scan_paths([at], base=sorted(base))
        if result.unread:
            return result
        dirty = {finding["origin"].get("diff_id") for finding in result.findings}
        learned = [Known.name("layer", digest) for digest in digests if digest not in dirty]
        return dataclasses.replace(result, known=len(base), clean=b"".join(learned))

    def owners(self, at: Path) -> owners.Owners:
        return owners.Owners()


class Reference(Image):
    """An image in a registry, through skopeo."""

    def stamp(self) -> str:
        return images.digest_of(self.source.place, self.deadline)

    @contextlib.contextmanager
    def fetched(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="keysift-") as work:
            yield images.download(self.source.place, Path(work), self.deadline)


class Bucket(Reader):
    """Objects below a prefix, in batches."""

    def __init__(self, source: Source, options: Options, made: Tools, deadline: float) -> None:
        super().__init__(source, options, made, deadline)
        self._objects = Objects(source.place)

    def stamp(self) -> str:
        return self._objects.stamp()

    def scan(self, at: Path) -> Result:
        entries = self._objects.entries
        names = [Known.name(*self._objects.name(entry)) for entry in entries]
        known = self._tools.known.knows(names)
        wanted = [entry for entry, is_known in zip(entries, known) if not is_known]
        total = Result([], [], known=len(entries) - len(wanted))
        for batch in self._objects.batches(wanted):
            with tempfile.TemporaryDirectory(prefix="keysift-") as work:
                self._objects.fetch(batch, Path(work))
                # Objects have no ignore files.
                part = self.scan_paths([Path(work)], ignore_files=False)
            total.findings += part.findings
            total.unread += part.unread
            total.files += part.files
            total.size += part.size
        dirty = {finding["path"].split("!")[0] for finding in total.findings}
        dirty |= {finding["path"] for finding in total.findings}
        if not total.unread:
            clean = [name for entry, name in zip(entries, names) if self._objects.relative(entry) not in dirty]
            total.clean = b"".join(clean)
        return total

    def owners(self, at: Path) -> owners.Owners:
        return owners.Owners()


def reader(source: Source, options: Options, key: bytes, deadline: float) -> Reader:
    """The reader of a source."""
    made = tools(options, key)
    kinds = {"folder": Folder, "image": Image, "reference": Reference, "objects": Bucket}
    if source.kind in kinds:
        return kinds[source.kind](source, options, made, deadline)
    if source.is_remote_git:
        return Mirror(source, options, made, deadline)
    if not Path(source.place).is_dir():
        raise FileNotFoundError("no such repository on this worker")
    return (Repository if options.scan == "history" else Tree)(source, options, made, deadline)


def _walk(place: Path) -> Iterator[str]:
    if not place.is_dir():
        yield str(place)
        return
    for root, folders, files in os.walk(place):
        folders[:] = sorted(name for name in folders if name != ".git")
        yield from (os.path.join(root, file) for file in sorted(files))


def _text(path: Path) -> Optional[str]:
    # Of a hostile tree it may be a link out of it.
    if path.is_symlink() or not path.is_file() or path.stat().st_size > 3 << 20:
        return None
    return path.read_text(encoding="utf-8", errors="replace")
