"""Progress for people: how many sources, how fast, how long still."""

from __future__ import annotations

import sys
import time
from typing import Optional, TextIO


class Progress:
    """Writes a line, at most five times a second to a terminal and every ten seconds to a file."""

    def __init__(self, total: Optional[int], show: bool = True, out: Optional[TextIO] = None) -> None:
        self._total, self._show, self._out = total, show, out or sys.stderr
        self._started = self._shown = time.monotonic()
        self._ended = self._skipped = self._failed = 0
        self._live = self._out.isatty()

    def ended(self, status: str) -> None:
        """Counts a source."""
        self._ended += 1
        self._skipped += status == "skipped"
        self._failed += status in ("failed", "quarantined")
        if self._show and time.monotonic() - self._shown >= (0.2 if self._live else 10.0):
            self._write("\r\033[K" if self._live else "", "" if self._live else "\n")

    def finish(self) -> None:
        """Writes the last line."""
        if self._show:
            self._write("\r\033[K" if self._live else "", "\n")

    def line(self) -> str:
        """The line now."""
        seconds = max(time.monotonic() - self._started, 1e-9)
        rate = self._ended / seconds
        of = f" of {self._total:,}" if self._total is not None else ""
        parts = [f"{self._ended:,}{of} sources", f"{rate:,.1f}/s"]
        if self._total is not None and 0 < self._ended < self._total:
            parts.append(f"{duration((self._total - self._ended) / rate)} left")
        if self._skipped:
            parts.append(f"{self._skipped:,} skipped")
        if self._failed:
            parts.append(f"{self._failed:,} failed")
        return ", ".join(parts)

    def _write(self, before: str, after: str) -> None:
        self._shown = time.monotonic()
        self._out.write(f"{before}{self.line()}{after}")
        self._out.flush()


def duration(seconds: float) -> str:
    """A duration as people say it."""
    seconds = round(seconds)
    hours, minutes = divmod(seconds // 60, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"
