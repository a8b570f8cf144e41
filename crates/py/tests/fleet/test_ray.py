"""Runs on a Ray cluster of two nodes, of which workers, a node and the driver are killed."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
import unittest
from typing import Any, List, Optional

import made
from keysift.fleet import ledger
from keysift.fleet.store import Store
import test_run

# Ray makes workers nice: on a machine that does something else too, they would hardly run. It reads this when it is imported.
os.environ["RAY_worker_niceness"] = "0"

try:
    import ray
    from ray.cluster_utils import Cluster
except ImportError:
    ray = None


@unittest.skipIf(ray is None, "ray is not installed")
class TwoNodes(test_run.Fleet):
    cluster: Any

    @classmethod
    def setUpClass(cls) -> None:
        quiet = {"num_cpus": 1, "include_dashboard": False, "object_store_memory": 100 << 20}
        cls.cluster = Cluster(initialize_head=True, head_node_args=quiet)
        cls.second = cls.cluster.add_node(num_cpus=1, object_store_memory=100 << 20)
        cls.cluster.wait_for_nodes()
        ray.init(address=cls.cluster.address, log_to_driver=False, logging_level="ERROR")

    @classmethod
    def tearDownClass(cls) -> None:
        ray.shutdown()
        cls.cluster.shutdown()

    def sources(self, count: int, slow: int) -> List[Any]:
        sources: List[Any] = [self.repository(f"{n}.git", {"app.env": made.line(n)}) for n in range(count)]
        for number in range(slow):
            sources.insert(number * 3, made.slow(self.folder / f"src/slow{number}", 6))
        return sources

    def undisturbed(self, sources: List[Any]) -> None:
        """Each finding is there, and once, as in a run that nothing happened to."""
        whole = self.places()
        self.assertEqual(len(whole), len(set(whole)))
        self.run_fleet(sources, out=str(self.folder / "undisturbed"))
        self.assertEqual(whole, self.places(str(self.folder / "undisturbed")))

    def test_1_both_nodes_work(self) -> None:
        sources = self.sources(20, 2)
        summary = self.run_fleet(sources, address=self.cluster.address)
        self.assertEqual((summary.sources, summary.findings), ({"done": 22}, 22))
        self.undisturbed(sources)
        self.assertEqual(self.run_fleet(sources, address=self.cluster.address).sources, {"skipped": 22})

    def test_2_a_killed_worker_is_replaced(self) -> None:
        sources = self.sources(10, 2)
        test_run.Killed.killing(self, "slow1", 1)  # type: ignore[arg-type]
        summary = self.run_fleet(sources, address=self.cluster.address)
        self.assertEqual(summary.sources, {"done": 12})
        self.assertEqual([record.status for record in self.records() if "slow1" in record.source], ["tried", "done"])
        self.undisturbed(sources)

    kill = test_run.Killed.kill

    def test_3_a_killed_driver_goes_on(self) -> None:
        sources = self.sources(10, 3)
        listed = self.folder / "repos.txt"
        listed.write_text("".join(f"{source}\n" for source in sources))
        command = [sys.executable, "-m", "keysift.fleet", "run", "--sources", str(listed), "--out", self.out]
        command += ["--address", self.cluster.address, "--cache", str(self.folder / "cache")]
        driver = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.wait_for("slow2", driver)
        driver.kill()
        driver.wait()
        subprocess.run(command, check=True, capture_output=True)
        self.assertEqual(len(ledger.runs(Store(self.out))), 1)
        self.undisturbed(sources)

    def test_4_a_lost_node_loses_nothing(self) -> None:
        sources = self.sources(10, 3)
        lost = threading.Thread(target=self.lose)
        lost.start()
        try:
            summary = self.run_fleet(sources, address=self.cluster.address)
        finally:
            lost.join()
        self.assertEqual(summary.sources, {"done": 13})
        self.undisturbed(sources)

    def lose(self) -> None:
        """Kills the second node when both work on something slow."""
        self.wait_for("slow", None, 2)
        self.cluster.remove_node(type(self).second, allow_graceful=False)

    def wait_for(self, source: str, driver: "Optional[subprocess.Popen[bytes]]", count: int = 1) -> None:
        ends = time.monotonic() + 120
        while time.monotonic() < ends:
            found = 0
            for note in (self.folder / "cache/running").glob("*"):
                with contextlib.suppress(OSError):
                    found += source in note.read_text()
            if found >= count:
                return
            if driver is not None:
                self.assertIsNone(driver.poll(), "the driver ended")
            time.sleep(0.01)
        self.fail(f"nothing scans {source}")


if __name__ == "__main__":
    unittest.main()
