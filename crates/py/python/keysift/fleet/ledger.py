"""The ledger of a run: what became of each source. It only grows: each segment is a file that is written once, as a whole."""

from __future__ import annotations

import dataclasses
import io
import json
import time
import uuid
from typing import Any, Dict, Iterable, List, Optional, Tuple

import pyarrow as pa
import pyarrow.parquet as pq

from .store import Store

FINAL = ("done", "partial", "skipped", "failed", "quarantined")
"""States of a source that end its part of a run. `tried` does not: it counts a crash."""


@dataclasses.dataclass(frozen=True)
class Record:
    """What became of a source. `file` has its findings, if there are any; it may be of an earlier run."""

    source: str
    name: str
    kind: str
    status: str
    reason: str = ""
    tries: int = 1
    stamp: str = ""
    ruleset: str = ""
    file: Optional[str] = None
    findings: int = 0
    files: int = 0
    bytes: int = 0
    known: int = 0
    unread: Tuple[str, ...] = ()
    sync_s: float = 0.0
    scan_s: float = 0.0
    write_s: float = 0.0
    cpu_s: float = 0.0
    at: str = ""
    host: str = ""

    @property
    def is_final(self) -> bool:
        """Whether the source needs nothing more in this run."""
        return self.status in FINAL

    @property
    def has_results(self) -> bool:
        """Whether its findings are known, from this run or an earlier one."""
        return self.status in ("done", "partial") or (self.status == "skipped" and bool(self.stamp))

    def to_json(self) -> str:
        """A line."""
        return json.dumps(vars(self), ensure_ascii=True, separators=(",", ":"))

    @staticmethod
    def of(data: Dict[str, Any]) -> "Record":
        """From the keys of a line; keys of later versions are ignored."""
        known = {key: value for key, value in data.items() if key in Record.__dataclass_fields__}
        known["unread"] = tuple(known.get("unread", ()))
        return Record(**known)


class Ledger:
    """Appends records of one writer to a run, in segments of a second."""

    def __init__(self, store: Store, run: str, seconds: float = 1.0) -> None:
        self._store, self._folder, self._seconds = store, f"runs/{run}/ledger", seconds
        self._writer = f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}"
        self._number = 0
        self._waiting: List[str] = []
        self._written = time.monotonic()

    def add(self, record: Record) -> None:
        """Adds a record; it is safe after the next `flush`."""
        self._waiting.append(record.to_json())
        self.flush_if_due()

    def flush_if_due(self) -> None:
        """Writes what waits, if the last segment is older than a second."""
        if time.monotonic() - self._written >= self._seconds:
            self.flush()

    def flush(self) -> None:
        """Writes what waits."""
        if self._waiting:
            name = f"{self._folder}/{self._writer}-{self._number:06d}.jsonl"
            self._store.write(name, ("\n".join(self._waiting) + "\n").encode())
            self._number, self._waiting = self._number + 1, []
        self._written = time.monotonic()


def read(store: Store, run: str) -> List[Record]:
    """All records of a run, in the order of their writers."""
    records = []
    folder = f"runs/{run}/ledger"
    for name in store.names(folder):
        for line in store.read(f"{folder}/{name}").decode().splitlines():
            records.append(Record.of(json.loads(line)))
    return records


def latest(records: Iterable[Record], before: Optional[Dict[str, Record]] = None) -> Dict[str, Record]:
    """The last word about each source. A final record is never replaced by a `tried` one: two drivers may have worked at the same time."""
    state = dict(before or {})
    for record in records:
        old = state.get(record.source)
        if old is None or record.is_final or not old.is_final:
            state[record.source] = record
    return state


def tries(records: Iterable[Record]) -> Dict[str, int]:
    """How often each source ended the worker that scanned it."""
    counts: Dict[str, int] = {}
    for record in records:
        if record.status == "tried":
            counts[record.source] = counts.get(record.source, 0) + 1
    return counts


def runs(store: Store) -> List[str]:
    """The names of all runs, earliest first."""
    return store.names("runs")


def is_finished(store: Store, run: str) -> bool:
    """Whether the reports of a run are written."""
    return store.exists(f"runs/{run}/finished.json")


def save_state(store: Store, run: str, state: Dict[str, Record]) -> None:
    """Writes the last word about each source, for the next run."""
    table = pa.table({"source": list(state), "record": [record.to_json() for record in state.values()]})
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    store.write(f"runs/{run}/state.parquet", sink.getvalue())


def load_state(store: Store, before: Optional[str] = None) -> Dict[str, Record]:
    """What earlier runs know about each source: the state of the last finished run, and the ledgers of unfinished ones since."""
    names = [name for name in runs(store) if before is None or name < before]
    state: Dict[str, Record] = {}
    later: List[str] = []
    for name in reversed(names):
        if store.exists(f"runs/{name}/state.parquet"):
            table = pq.read_table(io.BytesIO(store.read(f"runs/{name}/state.parquet")))
            state = {record.source: record for record in (Record.of(json.loads(line)) for line in table["record"].to_pylist())}
            break
        later.append(name)
    for name in reversed(later):
        state = latest((record for record in read(store, name) if record.is_final), state)
    return state
