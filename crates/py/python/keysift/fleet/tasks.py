"""What a worker does with one source: find out whether it changed, fetch it, scan it, write its findings."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import faulthandler
import functools
import os
import resource
import socket
import sys
import time
from typing import IO, Dict, Iterator, List, Optional, Tuple

from . import dataset, options as settings, redact, scan
from .cache import folder
from .ledger import Record
from .options import Options
from .sources import Source
from .store import Store

# In a batch, sources that changed take at most this long; the others go back to the driver.
_BATCH_SECONDS = 5.0


@dataclasses.dataclass(frozen=True)
class Job:
    """A source in a run. `before` is what an earlier run said about it, if its results can be used again."""

    source: Source
    run: str
    out: str
    options: Options
    before: Optional[Record] = None
    tries: int = 1


def scan_batch(jobs: List[Job]) -> List[Record]:
    """Scans sources, and returns a record of each; those that are missing are to be tried again. The task of Ray."""
    started = time.monotonic()
    records: List[Record] = []
    try:
        for job in jobs:
            if records and time.monotonic() - started > _BATCH_SECONDS:
                break
            if not records or records[-1].status != "skipped":
                # A thread: not for each source that did not change, which takes 0.3 ms.
                _watch(job.options)
            records.append(scan_one(job))
    finally:
        faulthandler.cancel_dump_traceback_later()
    return records


def _watch(options: Options) -> None:
    """Ends this process if a source ignores its deadline. The stack trace, which has no values, goes nowhere."""
    faulthandler.dump_traceback_later(options.timeout * 1.2 + 30, exit=True, file=_nowhere())


@functools.lru_cache(maxsize=None)
def _nowhere() -> IO[str]:
    return open(os.devnull, "w", encoding="utf-8")


def scan_one(job: Job) -> Record:
    """Scans a source. What goes wrong is a record too; only what ends the process is not."""
    started = time.monotonic()
    base = Record(source=job.source.id, name=job.source.name, kind=job.source.kind, status="failed", tries=job.tries)
    base = dataclasses.replace(base, ruleset=job.options.ruleset, host=socket.gethostname())
    try:
        record = _scan(job, base, started)
    except MemoryError:
        record = dataclasses.replace(base, reason="more memory than --memory allows")
    except Exception as error:  # noqa: BLE001: one source must not end the run
        text = str(error) or type(error).__name__
        record = dataclasses.replace(base, reason=redact.message(text.splitlines()[0])[:500])
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    return dataclasses.replace(record, at=now)


@functools.lru_cache(maxsize=4)
def _key(expected: str) -> bytes:
    """The key of this worker, which must be that of the driver: fingerprints of another key join with nothing."""
    key = settings.key()
    if settings.key_id(key) != expected:
        raise ValueError("the key for value fingerprints of this worker is not that of the run")
    return key


@functools.lru_cache(maxsize=4)
def _store(out: str) -> Store:
    return Store(out)


def _scan(job: Job, base: Record, started: float) -> Record:
    key = _key(job.options.key_id)
    if not job.source.place:
        raise ValueError("no place")
    deadline = started + job.options.timeout
    reader = scan.reader(job.source, job.options, key, deadline)
    stamp = reader.stamp()
    before = job.before
    if before is not None and before.stamp == stamp and before.ruleset == job.options.ruleset:
        return dataclasses.replace(
            before, status="skipped", reason="unchanged", tries=job.tries, host=base.host, sync_s=_since(started), scan_s=0.0, write_s=0.0, cpu_s=0.0
        )
    # Not before: reading the clock of the processor took 5 ms on a busy machine, 20 times as long as looking whether a source changed.
    cpu = sum(os.times()[:4])
    with _noted(job), _limited(job.options), reader.fetched() as at:
        synced = time.monotonic()
        result = reader.scan(at)
        scanned = time.monotonic()
        file = None
        if result.findings:
            owners = reader.owners(at)
            rows = (dataset.row(job.source, job.run, finding, owners.of(finding["path"])) for finding in result.findings)
            file = dataset.file_of(job.source, job.run)
            dataset.write(_store(job.out), file, dataset.table(rows))
        # Only now: what was learned before the findings were safe would hide nothing, but cost nothing either way.
        reader.learn(result)
    return dataclasses.replace(
        base,
        status="partial" if result.unread else "done",
        reason="" if not result.unread else f"{len(result.unread)} not read: {result.unread[0]}"[:500],
        stamp="" if result.unread else stamp,
        file=file,
        findings=len(result.findings),
        files=result.files,
        bytes=result.size,
        known=result.known,
        unread=tuple(result.unread[:20]),
        sync_s=round(synced - started, 4),
        scan_s=round(scanned - synced, 4),
        write_s=_since(scanned),
        cpu_s=round(sum(os.times()[:4]) - cpu, 4),
    )


def _since(start: float) -> float:
    return round(time.monotonic() - start, 4)


@contextlib.contextmanager
def _limited(options: Options) -> Iterator[None]:
    """Bounds the memory of this process during a source."""
    old = resource.getrlimit(resource.RLIMIT_DATA)
    if options.memory and sys.platform == "linux":
        limit = _data_bytes() + options.memory
        if old[1] != resource.RLIM_INFINITY:
            limit = min(limit, old[1])
        resource.setrlimit(resource.RLIMIT_DATA, (limit, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, old)


def _data_bytes() -> int:
    """The private memory of this process that the limit counts."""
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as status:
            sizes = {line.split(":")[0]: line.split()[1] for line in status if line.startswith(("VmData", "VmStk"))}
        return int(sizes["VmData"]) << 10
    except (OSError, KeyError):
        return 0


@contextlib.contextmanager
def _noted(job: Job) -> Iterator[None]:
    """Says in the cache what this process works on: for people who wonder why it is busy, and for tests."""
    place = folder(job.options) / "running"
    place.mkdir(exist_ok=True)
    note = place / str(os.getpid())
    note.write_text(job.source.id + "\n", encoding="utf-8")
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def split(records: List[Record], jobs: List[Job]) -> Tuple[List[Record], List[Job]]:
    """The records of a batch, and the jobs that it did not come to."""
    said: Dict[str, Record] = {record.source: record for record in records}
    return records, [job for job in jobs if job.source.id not in said]
