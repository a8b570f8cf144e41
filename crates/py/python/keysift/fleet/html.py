"""The page of a run: no script, no other file, and every text of a source escaped."""

from __future__ import annotations

import html
import unicodedata
from typing import TYPE_CHECKING, Any, Dict, Iterable, List

from .diff import Changes
from .ledger import Record
from .secrets import Secret, top

if TYPE_CHECKING:
    from .reports import Summary

# A page with more is of no use; the dataset has everything.
_SECRETS, _PLACES, _LINES = 1000, 20, 500

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem;color:#1d1d1f;background:#fff}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}td,th{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #ddd;
vertical-align:top;overflow-wrap:anywhere}code{font-size:.9em}.critical{color:#a4001d;font-weight:600}.high{color:#b34700;font-weight:600}
.medium{color:#7a5c00}details summary{cursor:pointer}.n{text-align:right;white-space:nowrap}
@media (prefers-color-scheme:dark){body{color:#eee;background:#161618}td,th{border-color:#444}.critical{color:#ff7b8d}.high{color:#ffab70}
.medium{color:#e3c94d}}
"""


def text(value: object) -> str:
    """A text of a stranger: characters that a browser obeys or does not show become visible."""
    shown = "".join(
        f"\\u{{{ord(letter):x}}}" if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") else letter for letter in str(value)
    )
    return html.escape(shown, quote=True)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in rows)
    return "<table><tr>" + "".join(f"<th>{head}</th>" for head in heads) + f"</tr>\n{body}</table>\n"


def _severity(word: str) -> str:
    return f'<span class="{text(word)}">{text(word)}</span>'


def _place(row: Dict[str, Any]) -> str:
    where = f"{text(row['source_name'])} <code>{text(row['path'])}:{row['line']}</code>"
    if row["commit"]:
        tip = {True: "still at the tip", False: "removed at the tip"}.get(row["at_tip"], "")
        where += f" in commit {text(row['commit'][:12])} of {text((row['commit_date'] or '')[:10])}{', ' + tip if tip else ''}"
    if row["state"]:
        where += f", {text(row['state'])} in {text(row['image'])}"
    return where


def _secret(secret: Secret) -> List[str]:
    places = "".join(f"<li>{_place(place)}</li>" for place in secret.places[:_PLACES])
    more = len(secret.places) - _PLACES
    places += f"<li>and {more:,} more</li>" if more > 0 else ""
    count = f"{len(secret.places):,} in {len(secret.sources):,}"
    first = f"<details><summary>{text(secret.worst['message'])}</summary><ul>{places}</ul></details>"
    return [_severity(secret.worst["severity"]), first, text(secret.worst["rule"]), count, text(", ".join(secret.owners[:5]) or "nobody")]


def _changes(summary: "Summary", changes: Changes) -> str:
    if summary.earlier is None:
        return ""
    lines = [["new", _severity(row["severity"]), text(row["message"]), _place(row)] for row in changes.new]
    lines += [["moved", _severity(row["severity"]), text(row["message"]), f"{_place(row)}, from <code>{text(old['path'])}</code>"] for old, row in changes.moved]
    lines += [["gone", _severity(row["severity"]), text(row["message"]), _place(row)] for row in changes.gone]
    left = f"<p>{changes.sources_left:,} sources left the list.</p>" if changes.sources_left else ""
    return f"<h2>Since {text(summary.earlier)}</h2>{left}" + _table(("change", "severity", "finding", "place"), lines[:_LINES]) + _omitted(len(lines), _LINES)


def _omitted(count: int, shown: int) -> str:
    return f"<p>{count - shown:,} more are in the dataset.</p>" if count > shown else ""


def page(summary: "Summary", rows: List[Dict[str, Any]], secrets: List[Secret], changes: Changes, state: Dict[str, Record]) -> str:
    """The whole page."""
    shared = [secret for secret in secrets if secret.worst["value"] and len(secret.sources) > 1]
    shared.sort(key=lambda secret: -len(secret.sources))
    unread = [record for record in state.values() if record.status in ("failed", "quarantined", "partial")]
    unread.sort(key=lambda record: (record.status, record.name))
    heads = ("severity", "finding", "rule", "places in sources", "owners")
    parts = [
        f"<h1>Fleet of {len(state):,} sources</h1>",
        "".join(f"<p>{text(line)}</p>" for line in summary.lines()),
        "<h2>Secrets in several sources</h2>" + _table(heads, map(_secret, shared[:50])) if shared else "",
        _changes(summary, changes),
    ]
    for title, column in (("Sources", "source_name"), ("Owners", "owners"), ("Rules", "rule"), ("Providers", "provider")):
        counted = top(rows, column)
        parts.append(f"<h2>{title} with most findings</h2>" + _table((title, "findings"), ([text(name), f"{count:,}"] for name, count in counted)) if counted else "")
    parts.append("<h2>All findings</h2>" + _table(heads, map(_secret, secrets[:_SECRETS])) + _omitted(len(secrets), _SECRETS))
    if unread:
        lines = ([text(record.status), text(record.name), text(record.reason)] for record in unread[:_LINES])
        parts.append("<h2>Not scanned, or in part</h2>" + _table(("status", "source", "reason"), lines) + _omitted(len(unread), _LINES))
    # The policy refuses whatever an escape might have missed.
    head = '<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">'
    return f"<!doctype html>\n<html lang=\"en\"><head>{head}<title>keysift fleet</title><style>{_STYLE}</style></head>\n<body>{''.join(parts)}</body></html>\n"
