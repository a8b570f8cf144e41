"""A run: gives sources to a pool, and writes the ledger. It can be ended at any time; the next call goes on."""

from __future__ import annotations

import dataclasses
import datetime
import json
from typing import Dict, Iterable, Iterator, List, Optional, Set, Sized, Union

from . import ledger, options as settings, redact, reports
from .ledger import Ledger, Record
from .options import Options
from .pools import Crash, Pool, pool
from .progress import Progress
from .sources import Source, each, shard
from .store import Store
from .tasks import Job, split

# Sources go to workers in batches of at most so many. Those with results of an earlier run: most did not change, and looking takes a
# fraction of a millisecond. Of the others as many as take `_BATCH_SECONDS`: a task costs the driver 1.6 ms of the processor, and the processes
# of Ray more; a small repository takes 10.
_BATCH = 50
_BATCH_SECONDS = 0.5


def run(
    sources: Iterable[Union[str, Source]],
    out: str,
    *,
    options: Options = Options(),
    address: str = "auto",
    workers: Optional[int] = None,
    reserve_memory: bool = False,
    run_name: Optional[str] = None,
    new_run: bool = False,
    retry_quarantined: bool = False,
    shard_index: int = 0,
    shards: int = 1,
    progress: bool = False,
    finish: bool = True,
) -> reports.Summary:
    """Scans sources on `address` (`auto`, `local`, an address of Ray, `none` for processes, `here`), and writes results below `out`.

    An unfinished run goes on, unless `new_run` is set. The key of value fingerprints is in the environment, here and on the workers. With
    `shards`, this call scans one part of the list; the last one writes the reports.
    """
    store = Store(out)
    options = options.named(settings.key())
    name = run_name or _name(store, new_run)
    if shards > 1 and run_name is None:
        raise ValueError("shards need a common name of the run (--run)")
    if not ledger.is_finished(store, name) and not store.exists(f"runs/{name}/started.json"):
        store.write(f"runs/{name}/started.json", _started(options, shards))
    total = len(sources) if isinstance(sources, Sized) and shards == 1 else None
    todo = each(sources)
    todo = shard(todo, shard_index, shards) if shards > 1 else todo
    driver = Driver(store, name, options, Progress(total, progress), retry_quarantined, total)
    workplace = pool(address, workers, options.memory if reserve_memory else 0)
    try:
        driver.run(todo, workplace)
    finally:
        driver.close()
        workplace.close()
    if shards > 1:
        store.write(f"runs/{name}/shards/{shard_index:06d}.json", json.dumps({"listed": sorted(driver.listed)}).encode())
        if len(store.names(f"runs/{name}/shards")) < shards or not finish:
            return reports.Summary.of_ledger(name, driver.state)
    elif finish:
        store.write(f"runs/{name}/shards/000000.json", json.dumps({"listed": sorted(driver.listed)}).encode())
    return reports.report(out, name, final=True) if finish else reports.Summary.of_ledger(name, driver.state)


def _name(store: Store, new: bool) -> str:
    """The name of the run to go on with, or of a new one: its time, so that names are in order."""
    names = ledger.runs(store)
    if names and not new and not ledger.is_finished(store, names[-1]):
        return names[-1]
    name = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%S")
    # Two runs in a second, or a clock that was set back.
    return name if not names or name > names[-1] else names[-1] + "a"


def _started(options: Options, shards: int) -> bytes:
    shown = dataclasses.asdict(options)
    shown["config"] = options.config[0] if options.config else None
    shown["rules"] = [rule[0] for rule in options.rules]
    return json.dumps({"options": shown, "shards": shards}, indent=1).encode()


class Driver:
    """The state of a run."""

    def __init__(
        self, store: Store, name: str, options: Options, progress: Progress, retry_quarantined: bool, total: Optional[int] = None
    ) -> None:
        self._total = total
        self._store, self._name, self._options, self._progress = store, name, options, progress
        self._retry = retry_quarantined
        records = ledger.read(store, name)
        self.state = ledger.latest(record for record in records if record.is_final)
        self._tries = ledger.tries(records)
        self._before = ledger.load_state(store, name)
        self._ledger = Ledger(store, name)
        self._again: List[List[Job]] = []
        self._later: List[List[Job]] = []
        # Seconds for a source, as a moving mean, and how many are in it.
        self._pace = _BATCH_SECONDS
        self._paced = 0
        self._workers = 1
        self.listed: Set[str] = set()

    def run(self, sources: Iterator[Source], workplace: Pool) -> None:
        """Scans until nothing is left."""
        batches = self._batches(sources)
        more = True
        while more or self._again or self._later or workplace.running():
            if not (more or self._again or workplace.running()):
                self._again, self._later = self._later, []
            # A cluster may grow.
            self._workers = workplace.workers()
            # At first a few for each worker, to learn how many make a batch.
            room = workplace.capacity() if self._paced >= 2 * self._workers else min(4 * self._workers, workplace.capacity())
            while (more or self._again) and workplace.running() < room:
                if self._again:
                    workplace.submit(self._again.pop())
                    continue
                batch = next(batches, None)
                if batch is None:
                    more = False
                else:
                    workplace.submit(batch)
            for jobs, result in workplace.ended(0.5):
                if isinstance(result, Crash):
                    self._crashed(jobs, result)
                    continue
                records, rest = split(result, jobs)
                self._again += [[job] for job in rest]
                said = {job.source.id: job for job in jobs}
                for record in records:
                    self._ended(said[record.source], record)
            self._ledger.flush_if_due()
        self._ledger.flush()

    def close(self) -> None:
        """Writes what is known, also after an error."""
        self._ledger.flush()
        self._progress.finish()

    def _batches(self, sources: Iterator[Source]) -> Iterator[List[Job]]:
        """Batches of new sources, and of those with results of an earlier run."""
        new: List[Job] = []
        known: List[Job] = []
        for source in sources:
            self.listed.add(source.id)
            if source.id in self.state:
                self._progress.ended(self.state[source.id].status)
                continue
            before = self._before.get(source.id)
            if before is not None and self._is_quarantined(source, before):
                continue
            tries = self._tries.get(source.id, 0) + 1
            usable = before if before is not None and before.has_results and before.stamp else None
            job = Job(source, self._name, self._store.place, self._options, usable, tries)
            is_new = usable is None or usable.ruleset != self._options.ruleset
            batch, size = (new, self._size()) if is_new else (known, _BATCH)
            batch.append(job)
            # One that was tried before may end its worker.
            if len(batch) >= size or tries > 1:
                yield batch[:]
                batch.clear()
        yield from (batch for batch in (new, known) if batch)

    def _size(self) -> int:
        """How many new sources are a batch: few near the end, so that no worker has a long one when the others have none."""
        size = min(_BATCH, round(_BATCH_SECONDS / max(self._pace, _BATCH_SECONDS / _BATCH)))
        if self._total is not None:
            size = min(size, (self._total - len(self.listed)) // (4 * self._workers))
        return size

    def _is_quarantined(self, source: Source, before: Record) -> bool:
        """Whether it ended workers in an earlier run with these rules: it is not tried again unless asked for."""
        if before.status != "quarantined" or self._retry or before.ruleset != self._options.ruleset:
            return False
        self._record(dataclasses.replace(before, reason=before.reason.split(" (earlier run)")[0] + " (earlier run)"))
        return True

    def _crashed(self, jobs: List[Job], crash: Crash) -> None:
        """Tries a batch again. Only a batch of one source tells which source it was."""
        for job in jobs:
            if not crash.blames or len(jobs) > 1:
                self._again.append([job])
                continue
            record = Record(job.source.id, job.source.name, job.source.kind, "tried", redact.message(crash.reason), job.tries)
            record = dataclasses.replace(record, ruleset=self._options.ruleset)
            self._ledger.add(record)
            if job.tries >= self._options.tries:
                self._record(dataclasses.replace(record, status="quarantined", reason=f"{record.reason}, {job.tries} times"))
            else:
                self._again.append([dataclasses.replace(job, tries=job.tries + 1)])

    def _ended(self, job: Job, record: Record) -> None:
        """Records what became of a source. Networks fail for a while: such a source is tried again when the others are done."""
        if record.status in ("done", "partial"):
            self._paced += 1
            self._pace += (record.sync_s + record.scan_s + record.write_s - self._pace) / min(self._paced, _BATCH)
        is_remote = job.source.is_remote_git or job.source.kind in ("reference", "objects")
        if record.status == "failed" and is_remote and job.tries < self._options.tries:
            self._later.append([dataclasses.replace(job, tries=job.tries + 1)])
        else:
            self._record(record)

    def _record(self, record: Record) -> None:
        if record.status in ("failed", "quarantined"):
            # What an earlier run found is still the last that is known.
            before = self._before.get(record.source)
            if before is not None:
                record = dataclasses.replace(record, file=before.file, findings=before.findings)
        self.state[record.source] = record
        self._ledger.add(record)
        self._progress.ended(record.status)
