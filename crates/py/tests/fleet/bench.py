"""Measures `keysift.fleet`: `python bench.py make FOLDER [COUNT]`, then `python bench.py run FOLDER`. Prints a line of JSON for each step.

Sources: COUNT small repositories (2,000), and 50 histories of 60 commits made from crates in ~/.cargo/registry.
Steps: the scan alone, one process, two processes without Ray, Ray with two nodes of one core each, a second run without changes, one with 1 % changed.
"""

from __future__ import annotations

import dataclasses
import json
import os
import resource
import shutil
import sys
import time
from pathlib import Path
from typing import Any, Dict, List

import made

# Ray makes workers nice, which on a busy machine is no measure.
os.environ["RAY_worker_niceness"] = "0"
os.environ.setdefault("KEYSIFT_FLEET_KEY", "a key of the bench, 32 characters")


def histories(folder: Path, count: int) -> None:
    """Repositories of real sources: files of a crate come in 60 commits, and in each an eighth of those that are there changes."""
    crates = sorted(path for path in (Path.home() / ".cargo/registry/src").glob("*/*") if path.is_dir())
    crates = [path for path in crates if 20 <= sum(1 for _ in path.rglob("*.rs")) <= 400][:count]
    for crate in crates:
        files = [path for path in sorted(crate.rglob("*")) if path.is_file() and 0 < path.stat().st_size < 2 << 20 and ".." not in path.parts]
        commits: List[made.Commit] = []
        for number in range(60):
            commit: made.Commit = {}
            for at, path in enumerate(files):
                name = path.relative_to(crate).as_posix()
                if at % 60 == number:
                    commit[name] = path.read_bytes()
                elif at % 60 < number and at % 8 == number % 8:
                    commit[name] = path.read_bytes() + f"\n// change {number}\n".encode()
            if commit:
                commits.append(commit)
        made.plain(folder / f"{crate.name}.git", commits)


def make(folder: Path, count: int) -> None:
    """The sources and their list."""
    (folder / "small").mkdir(parents=True)
    made.small(folder / "small", count)
    (folder / "real").mkdir()
    histories(folder / "real", 50)
    sources = sorted((folder / "real").iterdir()) + sorted((folder / "small").iterdir())
    (folder / "repos.txt").write_text("".join(f"{path}\n" for path in sources))


def measured(name: str, work: Any) -> Any:
    """Runs a step, and prints its time, the time of the processor (of this process and its ended children), and the load."""
    def cpu() -> float:
        both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(usage.ru_utime + usage.ru_stime for usage in both)

    load, started, before = os.getloadavg()[0], time.monotonic(), cpu()
    result = work()
    line: Dict[str, Any] = {"step": name, "seconds": round(time.monotonic() - started, 2), "cpu_s": round(cpu() - before, 2)}
    line["load"] = [round(load, 1), round(os.getloadavg()[0], 1)]
    if result is not None:
        line["sources"], line["findings"] = result.sources, result.findings
    print(json.dumps(line), flush=True)
    return result


def records(out: Path) -> Dict[str, Any]:
    """Sums of the ledger of the last run."""
    from keysift.fleet import ledger
    from keysift.fleet.store import Store

    store = Store(str(out))
    final = [record for record in ledger.read(store, ledger.runs(store)[-1]) if record.is_final and record.status != "skipped"]
    names = ("sync_s", "scan_s", "write_s", "cpu_s")
    groups = {"small": [r for r in final if "/small/" in r.name], "real": [r for r in final if "/real/" in r.name]}
    return {group: {"count": len(rows), **{n: round(sum(getattr(r, n) for r in rows), 2) for n in names}, "bytes": sum(r.bytes for r in rows)} for group, rows in groups.items()}


def bench(folder: Path, steps: List[str]) -> None:
    """All steps."""
    import keysift
    from keysift.fleet import Options, read_list, run

    sources = list(read_list(folder / "repos.txt"))
    small = [source for source in sources if "/small/" in source.place]
    fresh = lambda name: shutil.rmtree(folder / name, ignore_errors=True) or folder / name  # noqa: E731

    def go(name: str, which: List[Any], address: str, **more: Any) -> Any:
        return run(which, str(folder / name), options=dataclasses.replace(Options(), cache=str(folder / f"{name}-cache")), address=address, **more)

    if "scan" in steps:
        engine = keysift.Engine(value_key=b"k" * 32)
        engine.scan_git(small[0].place, threads=1)
        measured(f"the scan alone, {len(small)} small", lambda: [engine.scan_git(source.place, threads=1) for source in small] and None)
    if "here" in steps:
        for name in ("here", "here-cache"):
            fresh(name)
        measured("one process, small", lambda: go("here", small, "here"))
        print(json.dumps(records(folder / "here")))
        for name in ("one", "one-cache"):
            fresh(name)
        measured("one process, all", lambda: go("one", sources, "here"))
        print(json.dumps(records(folder / "one")))
    if "processes" in steps:
        for name in ("processes", "processes-cache"):
            fresh(name)
        measured("two processes, all", lambda: go("processes", sources, "none", workers=2))
    if "ray" in steps:
        import ray
        from ray.cluster_utils import Cluster

        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "object_store_memory": 200 << 20})
        cluster.add_node(num_cpus=1, object_store_memory=200 << 20)
        cluster.wait_for_nodes()
        ray.init(address=cluster.address, log_to_driver=False)
        # Long enough for the workers of both nodes to start, which takes 3 seconds.
        fresh("warm")
        go("warm", small[:600], cluster.address)
        for name in ("two", "two-cache"):
            fresh(name)
        measured("two nodes of Ray, all", lambda: go("two", sources, cluster.address))
        print(json.dumps(records(folder / "two")))
        measured("again, nothing changed", lambda: go("two", sources, cluster.address))
        changed = sources[:: 100]
        for number, source in enumerate(changed):
            made.repository(Path(source.place), [{f"added{time.time_ns()}.py": made.words(number, 20)}], first=100)
        measured(f"again, {len(changed)} changed", lambda: go("two", sources, cluster.address))
        print(json.dumps(records(folder / "two")))
        ray.shutdown()
        cluster.shutdown()


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 2000)
    else:
        bench(Path(sys.argv[2]).resolve(), sys.argv[3:] or ["scan", "here", "processes", "ray"])
