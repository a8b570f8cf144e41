"""The same secret in many places is one: places joined by the fingerprint of the value."""

from __future__ import annotations

import collections
import dataclasses
import io
from typing import Any, Dict, Iterable, List, Set, Tuple

import pyarrow as pa
import pyarrow.parquet as pq

SEVERITIES = ("info", "low", "medium", "high", "critical")


@dataclasses.dataclass
class Secret:
    """A secret, or a finding without a value, with its places: rows of the dataset, worst first."""

    key: str
    places: List[Dict[str, Any]]

    @property
    def worst(self) -> Dict[str, Any]:
        """The place that decides about rule and severity."""
        return self.places[0]

    @property
    def sources(self) -> List[str]:
        """Where it is."""
        return sorted({place["source_name"] for place in self.places})

    @property
    def owners(self) -> List[str]:
        """Who owns its files."""
        return sorted({owner for place in self.places for owner in place["owners"] or ()})


def rank(row: Dict[str, Any]) -> Tuple[int, str, str, int]:
    """The order of places: the worst first, then by name."""
    return (-SEVERITIES.index(row["severity"]), row["source_name"], row["path"], row["line"])


def group(rows: Iterable[Dict[str, Any]]) -> List[Secret]:
    """Joins rows by value; those that are in most sources come first among those of the same severity."""
    groups: Dict[str, List[Dict[str, Any]]] = collections.defaultdict(list)
    for row in rows:
        groups[row["value"] or f"{row['source_id']}:{row['rule']}:{row['fingerprint']}:{row['line']}"].append(row)
    secrets = [Secret(key, sorted(places, key=rank)) for key, places in groups.items()]
    return sorted(secrets, key=lambda secret: (rank(secret.worst)[0], -len(secret.sources), secret.key))


def to_parquet(secrets: List[Secret]) -> bytes:
    """The secrets as a table: one row each."""
    columns: Dict[str, List[Any]] = {
        "value": [secret.worst["value"] for secret in secrets],
        "rule": [secret.worst["rule"] for secret in secrets],
        "provider": [secret.worst["provider"] for secret in secrets],
        "severity": [secret.worst["severity"] for secret in secrets],
        "sources": [secret.sources for secret in secrets],
        "places": [len(secret.places) for secret in secrets],
        "owners": [secret.owners for secret in secrets],
    }
    text, texts = pa.string(), pa.list_(pa.string())
    types = [text, text, text, text, texts, pa.int64(), texts]
    table = pa.table({name: pa.array(values, kind) for (name, values), kind in zip(columns.items(), types)})
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def top(rows: Iterable[Dict[str, Any]], column: str, count: int = 20) -> List[Tuple[str, int]]:
    """The most frequent values of a column, counting each secret once for each of them."""
    seen: Dict[str, Set[str]] = collections.defaultdict(set)
    for row in rows:
        key = row["value"] or row["fingerprint"]
        values = (row[column] or ["nobody"]) if column == "owners" else [row[column]]
        for value in values:
            seen[value].add(key)
    counts = [(value, len(keys)) for value, keys in seen.items()]
    return sorted(counts, key=lambda entry: (-entry[1], entry[0]))[:count]
