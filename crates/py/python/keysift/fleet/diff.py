"""What changed since an earlier run: findings that are new, gone, or moved to another file of the same source."""

from __future__ import annotations

import collections
import dataclasses
import io
from typing import Any, Dict, List, Set, Tuple

import pyarrow as pa
import pyarrow.parquet as pq

from .ledger import Record

Row = Dict[str, Any]
Name = Tuple[str, str, str, str]


@dataclasses.dataclass
class Changes:
    """The changes of a run. Sources that failed, or were read in part, lose nothing; sources that left the list are only counted."""

    new: List[Row]
    gone: List[Row]
    moved: List[Tuple[Row, Row]]
    sources_left: int = 0

    def to_parquet(self) -> bytes:
        """A row for each change."""
        rows = [("new", row, None) for row in self.new] + [("gone", row, row["path"]) for row in self.gone]
        rows += [("moved", after, before["path"]) for before, after in self.moved]
        names = ("source_name", "rule", "severity", "value", "fingerprint")
        columns = {"change": pa.array([change for change, _, _ in rows], pa.string())}
        columns.update({name: pa.array([row[name] for _, row, _ in rows], pa.string()) for name in names})
        columns["path"] = pa.array([row["path"] for _, row, _ in rows], pa.string())
        columns["path_before"] = pa.array([before for _, _, before in rows], pa.string())
        sink = io.BytesIO()
        pq.write_table(pa.table(columns), sink, compression="zstd")
        return sink.getvalue()


def changed_sources(state: Dict[str, Record], before: Dict[str, Record]) -> Set[str]:
    """The sources whose findings have to be compared: the file of the others is the same."""
    return {source for source, record in state.items() if source not in before or before[source].file != record.file}


def between(now: List[Row], earlier: List[Row], state: Dict[str, Record], before: Dict[str, Record]) -> Changes:
    """Compares the findings of the sources that changed. Lines do not matter: a finding is its rule, value and path."""
    new_rows, old_rows = _by_name(now), _by_name(earlier)
    complete = {source for source, record in state.items() if record.status in ("done", "skipped")}
    new = [row for name, row in new_rows.items() if name not in old_rows]
    gone = [row for name, row in old_rows.items() if name not in new_rows and row["source_id"] in complete]
    moved: List[Tuple[Row, Row]] = []
    left: Dict[Tuple[str, str, str], List[Row]] = collections.defaultdict(list)
    for row in gone:
        if row["value"]:
            left[(row["source_id"], row["rule"], row["value"])].append(row)
    stayed: List[Row] = []
    for row in new:
        candidates = left.get((row["source_id"], row["rule"], row["value"] or ""))
        if candidates:
            moved.append((candidates.pop(), row))
        else:
            stayed.append(row)
    taken = {id(row) for row, _ in moved}
    gone = [row for row in gone if id(row) not in taken]
    return Changes(stayed, gone, moved, sum(source not in state for source in before))


def _by_name(rows: List[Row]) -> Dict[Name, Row]:
    return {(row["source_id"], row["rule"], row["value"] or row["fingerprint"], row["path"]): row for row in rows}
