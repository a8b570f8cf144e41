"""Findings as Arrow, and the Parquet dataset: `findings/date=DAY/source=SOURCE/RUN.parquet`. It has fingerprints of values, never values."""

from __future__ import annotations

import io
from typing import Any, Dict, Iterable, List, Optional, Set

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .ledger import Record
from .sources import Source
from .store import Store

SCHEMA = pa.schema(
    [
        ("source_id", pa.string()),
        ("source_name", pa.string()),
        ("kind", pa.string()),
        ("run", pa.string()),
        ("rule", pa.string()),
        ("rule_name", pa.string()),
        ("provider", pa.string()),
        ("severity", pa.string()),
        ("confidence", pa.string()),
        ("value", pa.string()),
        ("fingerprint", pa.string()),
        ("path", pa.string()),
        ("line", pa.int64()),
        ("column", pa.int64()),
        ("end_line", pa.int64()),
        ("end_column", pa.int64()),
        ("message", pa.string()),
        ("commit", pa.string()),
        ("commit_date", pa.string()),
        ("at_tip", pa.bool_()),
        ("image", pa.string()),
        ("layer", pa.string()),
        ("state", pa.string()),
        ("owners", pa.list_(pa.string())),
    ]
)

_SAME = ("rule", "provider", "severity", "confidence", "fingerprint", "path", "line", "column", "end_line", "end_column", "message")


def row(source: Source, run: str, finding: Dict[str, Any], owners: List[str]) -> Dict[str, Any]:
    """The row of a finding of a JSON report. Excerpts, redacted values and authors are left out."""
    origin = finding["origin"]
    data = {name: finding[name] for name in _SAME}
    data.update(
        source_id=source.id,
        source_name=source.name,
        kind=source.kind,
        run=run,
        rule_name=finding["name"],
        value=finding.get("value_fingerprint"),
        commit=origin.get("commit"),
        commit_date=origin.get("date"),
        at_tip=origin.get("at_tip"),
        image=origin.get("tag"),
        layer=origin.get("diff_id"),
        state=origin.get("state"),
        owners=owners,
    )
    # Names of files may hold what no encoding allows.
    return {name: value.encode("utf-8", "replace").decode() if isinstance(value, str) else value for name, value in data.items()}


def table(rows: Iterable[Dict[str, Any]]) -> pa.Table:
    """Rows as Arrow."""
    return pa.Table.from_pylist(list(rows), schema=SCHEMA)


def file_of(source: Source, run: str) -> str:
    """The file of a source in a run. A task that runs again writes the same file again."""
    day = f"{run[:4]}-{run[4:6]}-{run[6:8]}"
    return f"findings/date={day}/source={source.id}/{run}.parquet"


def write(store: Store, name: str, findings: pa.Table) -> None:
    """Writes a table as a Parquet file."""
    sink = io.BytesIO()
    pq.write_table(findings, sink, compression="zstd")
    store.write(name, sink.getvalue())


def read(store: Store, name: str) -> pa.Table:
    """Reads a file of findings."""
    return pq.read_table(io.BytesIO(store.read(name)), schema=SCHEMA, partitioning=None)


def current_of(run: str) -> str:
    """The file with all findings as of a run."""
    return f"runs/{run}/current.parquet"


def current(store: Store, state: Dict[str, Record], earlier: Optional[str], earlier_state: Dict[str, Record]) -> pa.Table:
    """All findings as of now. Those of sources that did not change come from the table of an earlier run, in one read."""
    same: Set[str] = set()
    parts: List[pa.Table] = []
    if earlier and store.exists(current_of(earlier)):
        same = {
            source
            for source, record in state.items()
            if record.file and source in earlier_state and earlier_state[source].file == record.file
        }
        before = read(store, current_of(earlier))
        parts.append(before.filter(pc.is_in(before["source_id"], pa.array(sorted(same), pa.string()))))
    for source, record in state.items():
        if record.file and source not in same:
            parts.append(read(store, record.file))
    return pa.concat_tables(parts) if parts else SCHEMA.empty_table()
