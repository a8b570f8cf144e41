"""Owners of files, from CODEOWNERS of GitHub and GitLab. The last pattern that matches decides; in GitLab, the last of each section."""

from __future__ import annotations

import re
from typing import Callable, List, Optional, Pattern, Tuple

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")

_SECTION = re.compile(r"^\^?\[([^\]]+)\](?:\[\d+\])?\s*(.*)$")


class Owners:
    """The rules of one file."""

    def __init__(self, text: str = "") -> None:
        self._rules: List[Tuple[str, Pattern[str], List[str]]] = []
        section, default = "", []  # type: str, List[str]
        for line in text.splitlines():
            line = re.sub(r"(^|\s)#.*$", "", line).strip()
            if not line:
                continue
            match = _SECTION.match(line)
            if match:
                section, default = match.group(1).strip().lower(), match.group(2).split()
                continue
            # Spaces in a path are escaped.
            words = [word.replace("\\ ", " ") for word in re.findall(r"(?:\\ |\S)+", line)]
            self._rules.append((section, _pattern(words[0].replace("\\#", "#")), words[1:] or default))

    def of(self, path: str) -> List[str]:
        """The owners of a path; none if no pattern matches, or the last one names nobody."""
        last = {}
        for section, pattern, owners in self._rules:
            if pattern.search(path):
                last[section] = owners
        # Sorted: the order of sections means nothing.
        return sorted({owner for owners in last.values() for owner in owners})


def _pattern(text: str) -> Pattern[str]:
    """A pattern of gitignore as a regular expression: without a slash in it, it matches at any depth; a folder matches what is in it."""
    anchored = "/" in text.rstrip("/")
    folder = text.endswith("/")
    body = text.strip("/")
    out, at = "", 0
    while at < len(body):
        if body.startswith("**/", at):
            out, at = out + "(?:.*/)?", at + 3
        elif body.startswith("**", at):
            out, at = out + ".*", at + 2
        elif body[at] == "*":
            out, at = out + "[^/]*", at + 1
        elif body[at] == "?":
            out, at = out + "[^/]", at + 1
        else:
            out, at = out + re.escape(body[at]), at + 1
    # `docs/*` owns the files in docs, not those below its folders.
    end = "/" if folder else "$" if text.endswith("/*") else "(?:$|/)"
    return re.compile(("^" if anchored else "(?:^|/)") + out + end)


def load(read: Callable[[str], Optional[str]]) -> Owners:
    """The first file of `PLACES` that there is."""
    for place in PLACES:
        text = read(place)
        if text is not None:
            return Owners(text)
    return Owners()
