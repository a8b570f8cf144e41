"""Objects below a prefix of an object store."""

from __future__ import annotations

import hashlib
import posixpath
import shutil
from pathlib import Path
from typing import Any, Iterator, List, Tuple

from pyarrow import fs

from .store import filesystem

# What is on the disk of a worker at a time.
_BATCH = 256 << 20


class Objects:
    """The list of a prefix, and its content in batches."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._fs, self._root = filesystem(place)
        info = self._fs.get_file_info(self._root)
        if info.type == fs.FileType.File:
            entries = [info]
        else:
            entries = self._fs.get_file_info(fs.FileSelector(self._root, recursive=True))
        self.entries: List[Any] = sorted((entry for entry in entries if entry.type == fs.FileType.File), key=lambda entry: entry.path)

    def _version(self, entry: Any) -> str:
        return f"{entry.size}:{entry.mtime_ns}"

    def stamp(self) -> str:
        """A hash of names, sizes and times."""
        digest = hashlib.sha256()
        for entry in self.entries:
            digest.update(f"{entry.path}\0{self._version(entry)}\n".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    def name(self, entry: Any) -> Tuple[str, str, str]:
        """What identifies an object in this version."""
        return ("object", f"{self._place}\0{entry.path}", self._version(entry))

    def relative(self, entry: Any) -> str:
        """The path below the prefix."""
        path = posixpath.relpath(entry.path, self._root)
        return posixpath.basename(entry.path) if path == "." else path

    def batches(self, entries: List[Any]) -> Iterator[List[Any]]:
        """Parts that fit on the disk; a larger object is a part of its own."""
        part: List[Any] = []
        size = 0
        for entry in entries:
            if part and size + entry.size > _BATCH:
                yield part
                part, size = [], 0
            part.append(entry)
            size += entry.size
        if part:
            yield part

    def fetch(self, entries: List[Any], folder: Path) -> None:
        """Writes objects to a folder, under their paths below the prefix."""
        for entry in entries:
            relative = self.relative(entry)
            target = folder / relative
            if ".." in Path(relative).parts or target.is_absolute() and folder not in target.parents:
                raise ValueError(f"the name of an object leaves its prefix: {relative}")
            target.parent.mkdir(parents=True, exist_ok=True)
            with self._fs.open_input_stream(entry.path) as source, open(target, "wb") as file:
                shutil.copyfileobj(source, file, 1 << 20)
