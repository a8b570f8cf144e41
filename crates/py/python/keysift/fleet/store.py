"""Where results are: a folder, or a prefix of an object store. A file is there as a whole or not at all."""

from __future__ import annotations

import os
import posixpath
import re
import uuid
from typing import Any, List, Tuple

import pyarrow as pa
from pyarrow import fs

_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+://")


def filesystem(place: str) -> Tuple[Any, str]:
    """The file system of an address, through pyarrow or fsspec, and the path in it. Credentials come from the environment."""
    if not _SCHEME.match(place):
        return fs.LocalFileSystem(), os.path.abspath(place)
    try:
        system, path = fs.FileSystem.from_uri(place)
        return system, str(path)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        try:
            import fsspec
        except ImportError:
            raise ValueError(f"{place.split('://')[0]}:// needs fsspec and its package for this store") from None
        system, path = fsspec.core.url_to_fs(place)
        return fs.PyFileSystem(fs.FSSpecHandler(system)), str(path)


class Store:
    """A folder or prefix with paths below it."""

    def __init__(self, place: str) -> None:
        self.place = place
        self._fs, self._root = filesystem(place)
        self._is_local = isinstance(self._fs, fs.LocalFileSystem)

    def path(self, name: str) -> str:
        """The path of a file in its file system."""
        return posixpath.join(self._root, name)

    def write(self, name: str, data: bytes) -> None:
        """Writes a file. A reader, a crash or a second writer of the same file never sees a part of it."""
        path = self.path(name)
        if not self._is_local:
            # Stores show an object when its upload ends.
            self._fs.create_dir(posixpath.dirname(path), recursive=True)
            with self._fs.open_output_stream(path) as stream:
                stream.write(data)
            return
        os.makedirs(os.path.dirname(path), exist_ok=True)
        # No reader takes names that begin with a dot for results.
        part = os.path.join(os.path.dirname(path), f".{uuid.uuid4().hex}.part")
        try:
            with open(part, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except BaseException:
            if os.path.exists(part):
                os.unlink(part)
            raise

    def read(self, name: str) -> bytes:
        """The content of a file; FileNotFoundError if there is none."""
        with self._fs.open_input_stream(self.path(name)) as stream:
            return bytes(stream.read())

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        return bool(self._fs.get_file_info(self.path(name)).type != fs.FileType.NotFound)

    def names(self, folder: str) -> List[str]:
        """The names of the files and folders directly in a folder, sorted; none if it does not exist."""
        selector = fs.FileSelector(self.path(folder), allow_not_found=True)
        names = (posixpath.basename(info.path.rstrip("/")) for info in self._fs.get_file_info(selector))
        return sorted(name for name in names if not name.startswith("."))
