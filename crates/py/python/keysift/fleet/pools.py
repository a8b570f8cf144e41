"""Where tasks run: on Ray, in processes of this machine, or in this process. Scheduling is Ray's."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import multiprocessing
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Dict, List, Optional, Tuple, Union

from . import redact
from .ledger import Record
from .tasks import Job, scan_batch


@dataclasses.dataclass(frozen=True)
class Crash:
    """A batch whose process ended. `blames` is false if it was not the fault of a source: a node was lost."""

    reason: str
    blames: bool = True


Ended = Tuple[List[Job], Union[List[Record], Crash]]


class Pool:
    """Takes batches, and gives their results in any order."""

    def capacity(self) -> int:
        """How many batches may wait or run: enough for an autoscaler to see demand, and no more than memory allows."""
        raise NotImplementedError

    def workers(self) -> int:
        """How many batches run at the same time."""
        return 1

    def submit(self, jobs: List[Job]) -> None:
        """Starts a batch when there is room."""
        raise NotImplementedError

    def ended(self, seconds: float) -> List[Ended]:
        """Batches that ended; waits for the first one as long as this."""
        raise NotImplementedError

    def running(self) -> int:
        """How many batches have not ended."""
        raise NotImplementedError

    def close(self) -> None:
        """Ends the processes that it started."""


class InProcess(Pool):
    """Scans in this process, one source after the other: for programs, and to compare with."""

    def __init__(self) -> None:
        self._waiting: List[List[Job]] = []

    def capacity(self) -> int:
        return 1

    def submit(self, jobs: List[Job]) -> None:
        self._waiting.append(jobs)

    def ended(self, seconds: float) -> List[Ended]:
        waiting, self._waiting = self._waiting, []
        return [(jobs, scan_batch(jobs)) for jobs in waiting]

    def running(self) -> int:
        return len(self._waiting)


def _nothing() -> None:
    """The first task of a process."""


class Processes(Pool):
    """Processes of this machine, each with a batch at a time, so that a crash is that of one batch. For the pods of an indexed Job."""

    def __init__(self, count: int) -> None:
        self._lanes: List[Optional[concurrent.futures.ProcessPoolExecutor]] = [None] * count
        self._free = list(range(count))
        self._running: "Dict[concurrent.futures.Future[List[Record]], Tuple[int, List[Job]]]" = {}
        self._waiting: List[List[Job]] = []
        self._check()

    def _check(self) -> None:
        """Starts the first process. A program that calls `run` while it is imported starts itself again in each process, which then ends."""
        executor = self._lanes[0] = self._executor()
        try:
            executor.submit(_nothing).result()
        except BrokenProcessPool:
            raise RuntimeError(
                'processes of workers end when they start: call keysift.fleet.run below `if __name__ == "__main__":`, or with address="here"'
            ) from None

    @staticmethod
    def _executor() -> concurrent.futures.ProcessPoolExecutor:
        # Not a copy of this process: it has threads.
        return concurrent.futures.ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))

    def capacity(self) -> int:
        return 2 * len(self._lanes)

    def workers(self) -> int:
        return len(self._lanes)

    def submit(self, jobs: List[Job]) -> None:
        self._waiting.append(jobs)
        self._start()

    def _start(self) -> None:
        while self._free and self._waiting:
            lane, jobs = self._free.pop(), self._waiting.pop(0)
            executor = self._lanes[lane]
            if executor is None:
                executor = self._lanes[lane] = self._executor()
            self._running[executor.submit(scan_batch, jobs)] = (lane, jobs)

    def ended(self, seconds: float) -> List[Ended]:
        done, _ = concurrent.futures.wait(self._running, seconds, concurrent.futures.FIRST_COMPLETED)
        results: List[Ended] = []
        for future in done:
            lane, jobs = self._running.pop(future)
            self._free.append(lane)
            try:
                results.append((jobs, future.result()))
            except BrokenProcessPool:
                executor, self._lanes[lane] = self._lanes[lane], None
                if executor is not None:
                    executor.shutdown(wait=False)
                results.append((jobs, Crash("the process that scanned it ended")))
        self._start()
        return results

    def running(self) -> int:
        return len(self._running) + len(self._waiting)

    def close(self) -> None:
        for executor in self._lanes:
            if executor is not None:
                executor.shutdown(wait=False, cancel_futures=True)


class Ray(Pool):
    """Tasks of Ray, one core each. Ray places them and starts nodes; the driver tries again, so that tries are counted in the ledger."""

    def __init__(self, address: str, memory: int, cpus: Optional[int]) -> None:
        try:
            import ray
        except ImportError:
            raise LookupError("ray is not installed: pip install 'keysift[fleet]', or use --address none") from None
        self._ray: Any = ray
        self._started = not ray.is_initialized()
        if self._started:
            # Output of workers is theirs: it may name what they scan.
            quiet: Dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR", "configure_logging": True}
            if address == "local":
                ray.init(address="local", num_cpus=cpus, include_dashboard=False, **quiet)
            else:
                try:
                    ray.init(address=address, **quiet)
                except ConnectionError:
                    raise LookupError(f"no Ray cluster at --address {address}: use --address local on one machine") from None
        reserve: Dict[str, Any] = {"memory": memory} if memory else {}
        # SPREAD: by default, a worker on another node than the driver waited up to 0.1 s between two tasks, and some nodes began after 4 s.
        self._task = ray.remote(num_cpus=1, max_retries=0, scheduling_strategy="SPREAD", **reserve)(scan_batch)
        self._running: Dict[Any, List[Job]] = {}

    def capacity(self) -> int:
        return max(200, 4 * self.workers())

    def workers(self) -> int:
        return max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def submit(self, jobs: List[Job]) -> None:
        self._running[self._task.remote(jobs)] = jobs

    def ended(self, seconds: float) -> List[Ended]:
        if not self._running:
            return []
        waiting = list(self._running)
        done, rest = self._ray.wait(waiting, num_returns=1, timeout=seconds)
        if done and rest:
            done += self._ray.wait(rest, num_returns=len(rest), timeout=0)[0]
        return [(self._running.pop(reference), self._result(reference)) for reference in done]

    def _result(self, reference: Any) -> Union[List[Record], Crash]:
        errors = self._ray.exceptions
        try:
            records: List[Record] = self._ray.get(reference)
            return records
        except errors.NodeDiedError:
            return Crash("its node was lost", blames=False)
        except errors.OutOfMemoryError:
            return Crash("Ray ended its worker: the node was out of memory")
        except errors.WorkerCrashedError:
            return Crash("the worker that scanned it ended")
        except errors.RayError as error:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            return Crash(redact.message(lines[-1])[:300])

    def running(self) -> int:
        return len(self._running)

    def close(self) -> None:
        for reference in self._running:
            self._ray.cancel(reference, force=True)
        if self._started:
            self._ray.shutdown()


def pool(address: str, workers: Optional[int], memory: int) -> Pool:
    """The pool of an address: `none`, `here`, `local`, `auto`, or that of a Ray cluster."""
    if address == "here":
        return InProcess()
    if address == "none":
        return Processes(workers or 1)
    return Ray(address, memory, workers)
