"""The options of a run, and the name of the rule set that results depend on."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import hmac
import json
import os
from pathlib import Path
from typing import Iterable, Optional, Tuple

from .. import __version__, _native

Text = Tuple[str, str]


@dataclasses.dataclass(frozen=True)
class Options:
    """How sources are scanned. Workers get all of it, so nothing here is a secret."""

    scan: str = "history"
    """Of git: `history` (every commit of branches and tags), or `tree` (the files at the tip, with the checks of manifests)."""
    min_severity: str = "info"
    min_confidence: str = "medium"
    inline_suppressions: bool = True
    archives: bool = False
    max_file_size: int = 64 << 20
    timeout: float = 600.0
    """Seconds for one source, all its steps together."""
    memory: int = 2 << 30
    """Bytes that a source may use, more than the worker before it."""
    tries: int = 3
    cache: str = ""
    """The folder of mirrors and known texts on each worker; empty for the default of that machine."""
    min_free_disk: int = 5 << 30
    config: Optional[Text] = None
    rules: Tuple[Text, ...] = ()
    key_id: str = ""
    ruleset: str = ""

    def with_files(self, config: Optional[str], rules: Iterable[str]) -> "Options":
        """With the texts of a configuration and of rule files: workers have other disks."""
        return dataclasses.replace(self, config=_read(config) if config else None, rules=tuple(map(_read, rules)))

    def named(self, key: bytes) -> "Options":
        """With the names of the key and of the rule set."""
        named = dataclasses.replace(self, key_id=key_id(key), ruleset="")
        return dataclasses.replace(named, ruleset=_ruleset(named))


def _read(path: str) -> Text:
    return Path(path).name, Path(path).read_text(encoding="utf-8")


def key() -> bytes:
    """The key of value fingerprints, from the environment of this process: KEYSIFT_FLEET_KEY_FILE, or KEYSIFT_FLEET_KEY."""
    file = os.environ.get("KEYSIFT_FLEET_KEY_FILE")
    text = Path(file).read_bytes().strip() if file else os.environ.get("KEYSIFT_FLEET_KEY", "").encode()
    if len(text) < 16:
        raise LookupError(
            "no key for value fingerprints: put 32 random bytes (openssl rand -hex 32) into a file, name it in KEYSIFT_FLEET_KEY_FILE "
            "(or set KEYSIFT_FLEET_KEY) here and on the workers, and keep it: with another key, nothing is recognized from earlier runs"
        )
    return text


def key_id(key: bytes) -> str:
    """A name of the key that does not reveal it."""
    return hmac.new(key, b"keysift fleet key id", hashlib.sha256).hexdigest()[:12]


@functools.lru_cache(maxsize=None)
def module_digest() -> str:
    """The hash of the extension module: findings depend on its code, and the rules are inside."""
    file = str(_native.__file__)
    digest = hashlib.sha256()
    with open(file, "rb") as module:
        for block in iter(lambda: module.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def _ruleset(options: Options) -> str:
    # What changes no finding is left out.
    parts = dataclasses.asdict(options)
    for name in ("timeout", "memory", "tries", "cache", "min_free_disk", "ruleset"):
        del parts[name]
    parts["version"] = __version__
    parts["module"] = module_digest()
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
