"""One SARIF 2.1.0 log of all sources. A path begins with the name of its source."""

from __future__ import annotations

import json
from typing import Any, Dict, List
from urllib.parse import quote

from .. import __version__
from .ledger import Record
from .secrets import rank

# As in the reports of `keysift scan`: GitHub takes no more.
_MOST = 25_000

_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}


def log(rows: List[Dict[str, Any]], state: Dict[str, Record]) -> str:
    """The log, as text."""
    shown = sorted(rows, key=rank)[:_MOST]
    rules = {row["rule"]: row for row in reversed(shown)}
    numbers = {rule: number for number, rule in enumerate(sorted(rules))}
    driver = {
        "name": "keysift",
        "semanticVersion": __version__,
        "informationUri": "https://github.com/keysift/keysift",
        "rules": [{"id": rule, "name": rule, "shortDescription": {"text": rules[rule]["rule_name"]}} for rule in sorted(rules)],
    }
    notes = _notes(state, len(rows))
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not notes, "toolExecutionNotifications": notes}],
        "results": [_result(row, numbers[row["rule"]]) for row in shown],
    }
    return json.dumps({"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}, ensure_ascii=True)


def _result(row: Dict[str, Any], rule: int) -> Dict[str, Any]:
    region = {"startLine": row["line"], "startColumn": row["column"], "endLine": row["end_line"], "endColumn": row["end_column"]}
    source = row["source_name"].split("://")[-1].strip("/")
    location: Dict[str, Any] = {
        "physicalLocation": {"artifactLocation": {"uri": quote(f"{source}/{row['path']}", safe="/")}, "region": region},
        "logicalLocations": [{"name": row["source_name"], "kind": "module"}],
    }
    if row["commit"]:
        location["logicalLocations"].append({"name": row["commit"], "kind": "commit"})
    if row["layer"]:
        location["logicalLocations"].append({"name": row["layer"], "kind": "layer"})
    prints = {"keysift/v1": row["fingerprint"]}
    if row["value"]:
        prints["keysiftValue/v1"] = row["value"]
    return {
        "ruleId": row["rule"],
        "ruleIndex": rule,
        "level": _LEVELS[row["severity"]],
        "message": {"text": row["message"]},
        "locations": [location],
        "partialFingerprints": prints,
        "properties": {"severity": row["severity"], "confidence": row["confidence"], "owners": row["owners"] or []},
    }


def _notes(state: Dict[str, Record], findings: int) -> List[Dict[str, Any]]:
    notes = [
        {"level": "error", "message": {"text": f"{record.status}: {record.name}: {record.reason}"}}
        for record in sorted(state.values(), key=lambda record: record.name)
        if record.status in ("failed", "quarantined", "partial")
    ]
    if findings > _MOST:
        notes.append({"level": "error", "message": {"text": f"{findings - _MOST} of {findings} findings omitted: a run may have at most {_MOST}"}})
    return notes
