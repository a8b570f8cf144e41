"""Removes credentials from texts that are stored or shown: names of sources and messages of tools."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit, urlunsplit

# The part of an address before the host, if it can hold more than a user name; and values in a query.
_USERINFO = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)[^/\s@'\"]*(?:@[^/\s@'\"]*)*@")
_QUERY = re.compile(r"([?&][^=\s&]+=)[^&\s'\"]+")
_HEADER = re.compile(r"(?i)(authorization:\s*)\S+(\s+\S+)?")

_LONGEST = 4000

# Variables of the environment whose values never leave a worker.
_SECRET_VARIABLE = re.compile(r"(?i)(token|password|passwd|secret|credential|_key$|fleet_key)")


def address(text: str) -> str:
    """An address without user name, password, query and fragment. `git@host:path` has only a user name and stays."""
    if "://" not in text:
        return text
    try:
        parts = urlsplit(text)
    except ValueError:
        return _USERINFO.sub(r"\1", text).split("?")[0]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def has_credentials(text: str) -> bool:
    """Whether an address has a user with a password or token, or a query. The user of SSH alone is none."""
    if "://" not in text:
        return False
    parts = urlsplit(text)
    user, at, _ = parts.netloc.rpartition("@")
    return bool(parts.query) or (bool(at) and (":" in user or parts.scheme in ("http", "https")))


def message(text: str) -> str:
    """A message of a tool: without credentials in addresses and headers, and without values of secret variables of this process."""
    if len(text) > _LONGEST:
        # Not in the middle of an address, whose end says that it has a password.
        text = (text[:_LONGEST].rsplit(None, 1) or [""])[0] + " …"
    text = _USERINFO.sub(r"\1…@", text)
    text = _HEADER.sub(r"\1…", text)
    text = _QUERY.sub(r"\1…", text)
    for name, value in os.environ.items():
        if len(value) >= 6 and _SECRET_VARIABLE.search(name) and not os.path.exists(value):
            text = text.replace(value, "…")
    return text
