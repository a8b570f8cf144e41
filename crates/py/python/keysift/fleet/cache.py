"""What a worker keeps between tasks and runs: names of texts and layers without findings, and engines."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Dict, Iterable, List, Optional, Set, Tuple

import keysift

from .options import Options

# Names have 16 bytes: 8 GiB are about 150 million of them.
_LARGEST = 8 << 30
_UNUSED_DAYS = 14


def folder(options: Options) -> Path:
    """The cache of this machine: the option, else KEYSIFT_FLEET_CACHE, else that of the user."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    place = options.cache or os.environ.get("KEYSIFT_FLEET_CACHE") or os.path.join(home, "keysift", "fleet")
    path = Path(place)
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


class Known:
    """Names of texts that had no finding under one rule set. The same content under the same path has none again.

    Texts with findings are always read again, so that results with the cache are those without it.
    """

    def __init__(self, options: Options) -> None:
        place = folder(options)
        self._file = place / f"known-{options.ruleset}.sqlite"
        self._forget_old(place)
        try:
            self._base = self._open()
        except sqlite3.DatabaseError:
            self._begin_again()

    def _open(self) -> sqlite3.Connection:
        # A scan asks from its own thread, while this one waits for it.
        base = sqlite3.connect(self._file, timeout=60, isolation_level=None, check_same_thread=False)
        # A lost name costs one scan of a text.
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("PRAGMA synchronous=OFF")
        base.execute("CREATE TABLE IF NOT EXISTS known (name BLOB PRIMARY KEY) WITHOUT ROWID")
        return base

    def _begin_again(self) -> None:
        """Without a sound cache nothing is known: a machine that lost power may have damaged it."""
        for file in self._file.parent.glob(self._file.name + "*"):
            file.unlink()
        self._base = self._open()

    def _forget_old(self, place: Path) -> None:
        for other in place.glob("known-*.sqlite*"):
            if not other.name.startswith(self._file.name) and other.stat().st_mtime < time.time() - _UNUSED_DAYS * 86400:
                other.unlink()

    def which(self, joined: bytes) -> bytes:
        """For each name of 16 bytes a byte: 1 if it is known."""
        names = [joined[at : at + 16] for at in range(0, len(joined), 16)]
        known: Set[bytes] = set()
        for at in range(0, len(names), 500):
            part = names[at : at + 500]
            marks = ",".join("?" * len(part))
            try:
                known.update(row[0] for row in self._base.execute(f"SELECT name FROM known WHERE name IN ({marks})", part))
            except sqlite3.OperationalError:
                # Locked for a minute: nothing is known.
                break
            except sqlite3.DatabaseError:
                self._begin_again()
        return bytes(name in known for name in names)

    def add(self, joined: bytes) -> None:
        """Adds names. A full cache learns nothing more."""
        if not joined or self._file.stat().st_size > _LARGEST:
            return
        names = ((joined[at : at + 16],) for at in range(0, len(joined), 16))
        with contextlib.suppress(sqlite3.DatabaseError):
            self._base.execute("BEGIN IMMEDIATE")
            try:
                self._base.executemany("INSERT OR IGNORE INTO known VALUES (?)", names)
            finally:
                self._base.execute("COMMIT")

    @staticmethod
    def name(*parts: str) -> bytes:
        """The name of something that is identified by texts."""
        joined = "\0".join(parts).encode("utf-8", "surrogateescape")
        return hashlib.sha256(joined).digest()[:16]

    def knows(self, names: List[bytes]) -> List[bool]:
        """As `which`, for a list."""
        return [byte == 1 for byte in self.which(b"".join(names))]


class Tools:
    """The engine and the cache of one rule set, in one process."""

    def __init__(self, options: Options, key: bytes) -> None:
        with tempfile.TemporaryDirectory(prefix="keysift-") as place:
            config, rules = self._files(Path(place), options)
            self.engine = keysift.Engine(
                rules=rules,
                config=config,
                min_severity=options.min_severity,
                min_confidence=options.min_confidence,
                inline_suppressions=options.inline_suppressions,
                value_key=key,
            )
        self.known = Known(options)

    @staticmethod
    def _files(place: Path, options: Options) -> Tuple[Optional[Path], Iterable[Path]]:
        rules = []
        for number, (name, text) in enumerate(options.rules):
            path = place / f"{number}" / name
            path.parent.mkdir()
            path.write_text(text, encoding="utf-8")
            rules.append(path)
        if options.config is None:
            return None, rules
        config = place / "keysift.toml"
        config.write_text(options.config[1], encoding="utf-8")
        return config, rules


_TOOLS: Dict[Tuple[str, str, str], Tools] = {}


def tools(options: Options, key: bytes) -> Tools:
    """The tools of a rule set, made once for each process."""
    name = (options.ruleset, options.cache or "", os.environ.get("KEYSIFT_FLEET_CACHE", ""))
    if name not in _TOOLS:
        _TOOLS[name] = Tools(options, key)
    return _TOOLS[name]
