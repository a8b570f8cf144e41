"""The reports of a run: all findings as of now, one page, SARIF, what changed, and a summary."""

from __future__ import annotations

import collections
import dataclasses
import json
from typing import Any, Dict, List, Optional, Set

import pyarrow as pa
import pyarrow.compute as pc

from . import dataset, diff, html, ledger, sarif, secrets
from .ledger import Record
from .store import Store


@dataclasses.dataclass(frozen=True)
class Summary:
    """The numbers of a run. `finished` is false while sources or shards are missing."""

    run: str
    finished: bool
    sources: Dict[str, int]
    findings: int = 0
    secrets: int = 0
    new: int = 0
    gone: int = 0
    moved: int = 0
    by_severity: Dict[str, int] = dataclasses.field(default_factory=dict)
    earlier: Optional[str] = None
    rules_changed: bool = False

    @staticmethod
    def of_ledger(run: str, state: Dict[str, Record]) -> "Summary":
        """What the ledger alone tells."""
        findings = sum(record.findings for record in state.values())
        return Summary(run, False, _by_status(state), findings)

    def lines(self) -> List[str]:
        """For people."""
        sources = ", ".join(f"{count:,} {status}" for status, count in sorted(self.sources.items())) or "none"
        lines = [f"run {self.run}: sources: {sources}"]
        if not self.finished:
            return [*lines, f"{self.findings:,} findings so far; reports follow when all sources and shards are done"]
        levels = [f"{self.by_severity[level]:,} {level}" for level in reversed(secrets.SEVERITIES) if self.by_severity.get(level)]
        lines.append(f"{self.secrets:,} secrets and other findings in {self.findings:,} places" + (f" ({', '.join(levels)})" if levels else ""))
        if self.earlier:
            lines.append(f"since {self.earlier}: {self.new:,} new, {self.gone:,} gone, {self.moved:,} moved")
        if self.rules_changed:
            lines.append("the rules or settings are not those of that run: a change may be theirs")
        return lines


def _by_status(state: Dict[str, Record]) -> Dict[str, int]:
    return dict(collections.Counter(record.status for record in state.values()))


def _listed(store: Store, run: str) -> Optional[Set[str]]:
    """The sources that the run was to scan; None while shards are missing."""
    started = json.loads(store.read(f"runs/{run}/started.json"))
    names = store.names(f"runs/{run}/shards")
    if len(names) < started["shards"]:
        return None
    return {source for name in names for source in json.loads(store.read(f"runs/{run}/shards/{name}"))["listed"]}


def report(out: str, run: Optional[str] = None, *, final: bool = False) -> Summary:
    """Writes the reports of a run, the latest one without a name, and returns its numbers.

    With `final`, a run whose sources are all done is finished: the next call of `run` begins a new one. Calling it again writes the same.
    """
    store = Store(out)
    names = ledger.runs(store)
    run = run or (names[-1] if names else None)
    if run is None or run not in names:
        raise LookupError("there is no such run")
    state = ledger.latest(record for record in ledger.read(store, run) if record.is_final)
    listed = _listed(store, run)
    if listed is not None:
        state = {source: record for source, record in state.items() if source in listed}
    earlier = next((name for name in reversed(names) if name < run and ledger.is_finished(store, name)), None)
    before = ledger.load_state(store, earlier + "\0") if earlier else {}
    table = dataset.current(store, state, earlier, before)
    rows: List[Dict[str, Any]] = table.to_pylist()
    changes = _changes(store, rows, state, earlier, before)
    joined = secrets.group(rows)
    rulesets = {record.ruleset for record in state.values() if record.status == "done"}
    summary = Summary(
        run=run,
        finished=listed is not None and len(state) == len(listed),
        sources=_by_status(state),
        findings=len(rows),
        secrets=len(joined),
        new=len(changes.new),
        gone=len(changes.gone),
        moved=len(changes.moved),
        by_severity=dict(collections.Counter(secret.worst["severity"] for secret in joined)),
        earlier=earlier,
        rules_changed=bool(before) and not rulesets <= {record.ruleset for record in before.values()},
    )
    folder = f"runs/{run}"
    dataset.write(store, dataset.current_of(run), table)
    store.write(f"{folder}/secrets.parquet", secrets.to_parquet(joined))
    store.write(f"{folder}/changes.parquet", changes.to_parquet())
    store.write(f"{folder}/report.html", html.page(summary, rows, joined, changes, state).encode())
    store.write(f"{folder}/report.sarif", sarif.log(rows, state).encode())
    if final and summary.finished:
        ledger.save_state(store, run, state)
        # Last: from here on the run is over.
        store.write(f"{folder}/finished.json", json.dumps(dataclasses.asdict(summary), indent=1).encode())
    return summary


def _changes(
    store: Store, rows: List[Dict[str, Any]], state: Dict[str, Record], earlier: Optional[str], before: Dict[str, Record]
) -> diff.Changes:
    if earlier is None:
        return diff.Changes([], [], [])
    changed = diff.changed_sources(state, before)
    table = dataset.read(store, dataset.current_of(earlier))
    old = table.filter(pc.is_in(table["source_id"], pa.array(sorted(changed), pa.string()))).to_pylist()
    return diff.between([row for row in rows if row["source_id"] in changed], old, state, before)
