"""keysift finds hard-coded secrets and insecure secret handling, offline.

`scan_bytes`, `scan_path` and `scan_image` scan with the default settings. An `Engine` is built once, with settings, and used any number of
times from any thread. Scans release the global interpreter lock. Secrets are redacted unless an engine is built with `reveal=True`.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
from typing import Any, Dict, Iterable, Optional, Tuple, Union

from . import _native

__all__ = ["Edit", "Engine", "Finding", "Place", "Report", "__version__", "scan_bytes", "scan_image", "scan_path"]

__version__: str = _native.__version__

StrPath = Union[str, "os.PathLike[str]"]


@dataclasses.dataclass(frozen=True)
class Place:
    """Another place that belongs to a finding; `path` is None in the same file."""

    line: int
    message: str
    path: Optional[str] = None
    column: Optional[int] = None
    end_line: Optional[int] = None
    end_column: Optional[int] = None
    redacted: Optional[str] = None


@dataclasses.dataclass(frozen=True)
class Edit:
    """A change that fixes a finding. `safe` changes need nothing else; before the others, a person has to move the value."""

    line: int
    column: int
    end_line: int
    end_column: int
    replacement: str
    safe: bool


@dataclasses.dataclass(frozen=True)
class Finding:
    """A result with a place, a severity and a confidence. Lines and columns count from 1, columns in characters."""

    rule: str
    name: str
    provider: str
    severity: str
    confidence: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    redacted: str
    fingerprint: str
    origin: Dict[str, Any]
    notes: Tuple[str, ...] = ()
    also: Tuple[str, ...] = ()
    related: Tuple[Place, ...] = ()
    elsewhere: Tuple[Place, ...] = ()
    same_as: Tuple[str, ...] = ()
    edit: Optional[Edit] = None
    value_fingerprint: Optional[str] = None

    def as_dict(self) -> Dict[str, Any]:
        """The finding as plain dictionaries and lists."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class Report:
    """The result of a scan: findings in the order of their places, and the summary of the JSON report (docs/json.md)."""

    findings: Tuple[Finding, ...]
    summary: Dict[str, Any]

    @property
    def outcome(self) -> str:
        """`clean`, `findings` (one reaches `fail_on`), or `incomplete` (something could not be read)."""
        return str(self.summary["outcome"])

    @property
    def unread(self) -> Tuple[Tuple[str, str], ...]:
        """What was asked for and could not be read, and why."""
        return tuple((entry["what"], entry["why"]) for entry in self.summary["coverage"]["unread"])

    @property
    def suppressed(self) -> Dict[str, int]:
        """How many findings are suppressed, by reason."""
        return dict(self.summary["suppressed"])

    def as_dict(self) -> Dict[str, Any]:
        """The report as plain dictionaries and lists."""
        return dataclasses.asdict(self)


def _finding(data: Dict[str, Any]) -> Finding:
    data = {key: value for key, value in data.items() if key != "type"}
    known = {field.name for field in dataclasses.fields(Finding)}
    for key in ("related", "elsewhere"):
        data[key] = tuple(Place(**place) for place in data.get(key, ()))
    for key in ("notes", "also", "same_as"):
        data[key] = tuple(data[key])
    edit = data.get("edit")
    if edit is not None:
        data["edit"] = Edit(replacement=edit.pop("with"), **edit)
    return Finding(**{key: value for key, value in data.items() if key in known})


def _report(text: str) -> Report:
    document = json.loads(text)
    return Report(tuple(_finding(finding) for finding in document["findings"]), document["summary"])


class Engine:
    """Rules, scanner and settings, built once. Threads may share an engine."""

    def __init__(
        self,
        *,
        rules: Iterable[StrPath] = (),
        config: Optional[StrPath] = None,
        baseline: Optional[StrPath] = None,
        min_severity: str = "info",
        min_confidence: str = "medium",
        fail_on: str = "medium",
        inline_suppressions: bool = True,
        reveal: bool = False,
        value_key: Optional[bytes] = None,
    ) -> None:
        """Build an engine.

        `config` is a `keysift.toml`, or a folder: then the nearest `keysift.toml` in or above it. Without it no settings are read.
        `rules` are additional rule files, `baseline` a file of accepted findings. Malformed files raise ValueError. With a `value_key`,
        findings of secrets have a `value_fingerprint`: the same for the same value in all reports with this key.
        """
        self._engine = _native.Engine(
            rules=[os.fspath(path) for path in rules],
            config=None if config is None else os.fspath(config),
            baseline=None if baseline is None else os.fspath(baseline),
            min_severity=min_severity,
            min_confidence=min_confidence,
            fail_on=fail_on,
            inline_suppressions=inline_suppressions,
            reveal=reveal,
            value_key=value_key,
        )

    def scan_bytes(self, data: Union[bytes, bytearray, memoryview], name: StrPath = "") -> Report:
        """Scan bytes as the content of a file of this name; the name decides how the content is read."""
        return _report(self._engine.scan_bytes(bytes(data), os.fspath(name)))

    def scan_path(
        self,
        *paths: StrPath,
        archives: bool = False,
        ignore_files: bool = True,
        hidden: bool = True,
        max_file_size: int = 64 << 20,
        threads: int = 0,
        timeout: Optional[float] = None,
    ) -> Report:
        """Scan files and folders, as `keysift scan` does. A path that does not exist raises FileNotFoundError."""
        if not paths:
            raise TypeError("scan_path needs at least one path")
        return self._scan(
            paths,
            archives=archives,
            ignore_files=ignore_files,
            hidden=hidden,
            max_file_size=max_file_size,
            threads=threads,
            timeout=timeout,
        )

    def scan_image(
        self,
        path: StrPath,
        *,
        base: Iterable[StrPath] = (),
        threads: int = 0,
        timeout: Optional[float] = None,
    ) -> Report:
        """Scan a container image (`docker save`, an OCI archive or layout), layer by layer.

        `base` are images whose layers are left out: files, or digests of layers (`sha256:…`).
        """
        os.stat(path)
        if not _native.is_image(os.fspath(path)):
            raise ValueError(f"not a container image: {os.fspath(path)}")
        return self._scan((path,), base=[os.fspath(image) for image in base], threads=threads, timeout=timeout)

    def scan_git(
        self,
        folder: StrPath,
        *,
        range: Optional[str] = None,
        since: Optional[str] = None,
        reflog: bool = False,
        unreachable: bool = False,
        archives: bool = False,
        ignore_files: bool = True,
        max_file_size: int = 64 << 20,
        threads: int = 0,
        timeout: Optional[float] = None,
    ) -> Report:
        """Scan the whole history of a git repository, or what a `range` of commits or a branch `since` a revision adds."""
        os.stat(folder)
        reading: Dict[str, Any] = {
            "folder": os.fspath(folder),
            "range": range,
            "since": since,
            "reflog": reflog,
            "unreachable": unreachable,
            "archives": archives,
            "ignore_files": ignore_files,
            "max_file_size": max_file_size,
            "threads": threads,
            "timeout": timeout,
        }
        return _report(self._engine.scan_git(reading, None)[0])

    def rules(self) -> Tuple[str, ...]:
        """The ids of all rules and checks."""
        return tuple(self._engine.rules())

    def _scan(self, paths: Iterable[StrPath], **options: Any) -> Report:
        for path in paths:
            os.stat(path)
        reading: Dict[str, Any] = {
            "paths": [os.fspath(path) for path in paths],
            "archives": False,
            "ignore_files": True,
            "hidden": True,
            "max_file_size": 64 << 20,
            "threads": 0,
            "timeout": None,
            "base": [],
        }
        reading.update(options)
        return _report(self._engine.scan(reading))


@functools.lru_cache(maxsize=None)
def _default() -> Engine:
    return Engine()


def scan_bytes(data: Union[bytes, bytearray, memoryview], name: StrPath = "") -> Report:
    """Scan bytes as the content of a file of this name, with the default settings."""
    return _default().scan_bytes(data, name)


def scan_path(*paths: StrPath, **options: Any) -> Report:
    """Scan files and folders with the default settings; options as of `Engine.scan_path`."""
    return _default().scan_path(*paths, **options)


def scan_image(path: StrPath, **options: Any) -> Report:
    """Scan a container image with the default settings; options as of `Engine.scan_image`."""
    return _default().scan_image(path, **options)
