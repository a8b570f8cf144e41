"""Scans many repositories, images, folders and buckets on Ray, or in the pods of a Kubernetes Job.

`run` scans sources and writes a dataset, a ledger and reports to a folder or an object store; `report` writes the reports again. Both are
also the command `keysift fleet`. Needs `pip install 'keysift[fleet]'`. See docs/fleet.md.
"""

from __future__ import annotations

try:
    import pyarrow  # noqa: F401
except ImportError:
    raise ImportError("keysift.fleet needs pyarrow, and Ray for a cluster: pip install 'keysift[fleet]'") from None

from .driver import run
from .options import Options
from .reports import Summary, report
from .sources import Source, parse, read_list

__all__ = ["Options", "Source", "Summary", "parse", "read_list", "report", "run"]
