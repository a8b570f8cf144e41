"""Runs of `keysift.fleet` without Ray: in this process, and in processes of this machine."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path
from typing import Any, Dict, List, Optional

import keysift
import made
import pyarrow.parquet as pq
from keysift.fleet import Options, cli, ledger, run
from keysift.fleet.store import Store

os.environ["KEYSIFT_FLEET_KEY"] = "a key of the tests, 32 characters"
os.environ["GIT_CONFIG_GLOBAL"] = os.devnull


class Fleet(unittest.TestCase):
    """A folder of sources, a cache and an output."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True) if sys.version_info >= (3, 10) else tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.out = str(self.folder / "out")
        self.options = Options(cache=str(self.folder / "cache"))
        (self.folder / "src").mkdir()

    def run_fleet(self, sources: List[Any], out: Optional[str] = None, address: str = "here", **options: Any) -> Any:
        more = {name: options.pop(name) for name in list(options) if name in {field.name for field in dataclasses.fields(Options)}}
        chosen = dataclasses.replace(self.options, **more)
        return run([str(source) for source in sources], out or self.out, options=chosen, address=address, **options)

    def rows(self, out: Optional[str] = None) -> List[Dict[str, Any]]:
        store = Store(out or self.out)
        name = ledger.runs(store)[-1]
        return pq.read_table(io.BytesIO(store.read(f"runs/{name}/current.parquet"))).to_pylist()

    def records(self) -> List[ledger.Record]:
        store = Store(self.out)
        return ledger.read(store, ledger.runs(store)[-1])

    def places(self, out: Optional[str] = None) -> List[Any]:
        keys = ("source_name", "rule", "value", "path", "line", "commit", "at_tip", "state", "severity")
        return sorted((tuple(str(row[key]) for key in keys) for row in self.rows(out)))

    def everything(self, folder: Optional[Path] = None) -> bytes:
        files = [path for path in (folder or self.folder / "out").rglob("*") if path.is_file()]
        self.assertTrue(files)
        parts = [path.name.encode() + path.read_bytes() for path in files]
        parts += [json.dumps(pq.read_table(path).to_pylist()).encode() for path in files if path.suffix == ".parquet"]
        return b"\n".join(parts)

    def repository(self, name: str, *commits: made.Commit) -> Path:
        return made.repository(self.folder / "src" / name, list(commits))


class Runs(Fleet):
    def test_a_program_without_a_guard_is_told(self) -> None:
        program = self.folder / "program.py"
        program.write_text(f"import keysift.fleet\nkeysift.fleet.run(['{self.folder}/src'], '{self.out}', address='none', workers=2)\n")
        ended = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, timeout=60)
        self.assertEqual(ended.returncode, 1)
        self.assertIn('call keysift.fleet.run below `if __name__ == "__main__":`', ended.stderr.splitlines()[-1])

    def test_one_secret_in_several_repositories_is_one(self) -> None:
        owned = {"CODEOWNERS": b"/config/ @ops\n"}
        sources = [self.repository(f"{n}.git", {"config/app.env": made.line("same"), **owned}) for n in range(3)]
        sources.append(self.repository("other.git", {"app.env": made.line("other")}))
        summary = self.run_fleet(sources)
        self.assertEqual((summary.finished, summary.findings, summary.secrets, summary.sources), (True, 4, 2, {"done": 4}))
        rows = self.rows()
        self.assertEqual(len({row["value"] for row in rows}), 2)
        self.assertEqual({row["source_name"][-5:]: row["owners"] for row in rows}["0.git"], ["@ops"])
        folder = f"{self.out}/runs/{summary.run}"
        secrets = pq.read_table(f"{folder}/secrets.parquet").to_pylist()
        self.assertEqual(sorted(len(secret["sources"]) for secret in secrets), [1, 3])
        page = Path(folder, "report.html").read_text()
        self.assertIn("Secrets in several sources", page)
        self.assertIn("@ops", page)
        self.assertNotIn("<script", page)
        log = json.loads(Path(folder, "report.sarif").read_text())
        self.assertEqual(len(log["runs"][0]["results"]), 4)

    def test_values_are_nowhere(self) -> None:
        self.run_fleet([self.repository("a.git", {"app.env": made.line("nowhere")})])
        found = self.everything()
        self.assertNotIn(made.value("nowhere").encode(), found)
        self.assertNotIn(os.environ["KEYSIFT_FLEET_KEY"].encode(), found)
        self.assertNotIn(made.value("nowhere").encode(), self.everything(self.folder / "cache"))
        # Another key, other fingerprints.
        (one,) = self.rows()
        saved = os.environ["KEYSIFT_FLEET_KEY"]
        os.environ["KEYSIFT_FLEET_KEY"] = saved[::-1]
        try:
            from keysift.fleet import tasks

            tasks._key.cache_clear()
            self.run_fleet([self.folder / "src/a.git"], out=str(self.folder / "out2"))
        finally:
            os.environ["KEYSIFT_FLEET_KEY"] = saved
            tasks._key.cache_clear()
        (two,) = self.rows(str(self.folder / "out2"))
        self.assertNotEqual(one["value"], two["value"])
        self.assertEqual(one["fingerprint"], two["fingerprint"])

    def test_unchanged_sources_are_skipped_and_changed_ones_compared(self) -> None:
        sources = [self.repository(f"{n}.git", {"app.env": made.line(n), "a.py": made.words(n, 5)}) for n in range(4)]
        first = self.run_fleet(sources)
        self.assertEqual(first.sources, {"done": 4})
        made.repository(sources[1], [{"new.env": made.line("new")}], first=1)
        made.repository(sources[2], [{"app.env": b"", "b.env": made.line(2)}], first=1)
        second = self.run_fleet(sources)
        self.assertEqual(second.sources, {"done": 2, "skipped": 2})
        # A history forgets nothing: what moved is also where it was.
        self.assertEqual((second.new, second.gone, second.findings), (2, 0, 6))
        known = {record.name[-5:]: record.known for record in self.records()}
        self.assertGreaterEqual(known["1.git"], 2, "the message and a.py were read before")
        third = self.run_fleet(sources)
        self.assertEqual((third.sources, third.new, third.findings), ({"skipped": 4}, 0, 6))
        # As if nothing had been known.
        with_cache = self.places()
        shutil.rmtree(self.folder / "cache")
        self.run_fleet(sources, out=str(self.folder / "fresh"))
        self.assertEqual(with_cache, self.places(str(self.folder / "fresh")))

    def test_trees_lose_and_move_findings(self) -> None:
        source = self.folder / "src/a"
        source.mkdir()
        (source / "app.env").write_bytes(made.line("tree"))
        (source / "b.env").write_bytes(made.line("b"))
        self.run_fleet([source])
        (source / "app.env").rename(source / "moved.env")
        (source / "b.env").unlink()
        second = self.run_fleet([source])
        self.assertEqual((second.new, second.gone, second.moved), (0, 1, 1))
        changes = pq.read_table(f"{self.out}/runs/{second.run}/changes.parquet").to_pylist()
        self.assertEqual({(row["change"], row["path"], row["path_before"]) for row in changes}, {("gone", "b.env", "b.env"), ("moved", "moved.env", "app.env")})

    def test_remote_repositories_are_mirrored(self) -> None:
        bare = self.repository("a.git", {"app.env": made.line("old")}, {"app.env": b"A=1\n", ".github/CODEOWNERS": b"*.env @env\n"})
        source = f"file://{bare}"
        self.run_fleet([source])
        (row,) = self.rows()
        self.assertEqual((row["at_tip"], row["owners"], row["source_name"]), (False, ["@env"], source))
        made.repository(bare, [{"app.env": made.line("new")}], first=2)
        second = self.run_fleet([source])
        self.assertEqual((second.sources, second.new), ({"done": 1}, 1))
        self.assertEqual(self.run_fleet([source]).sources, {"skipped": 1})
        # A damaged mirror is made again.
        (mirror,) = (self.folder / "cache/mirrors").glob("*.git")
        shutil.rmtree(mirror / "objects")
        made.repository(bare, [{"x.env": made.line("x")}], first=3)
        self.assertEqual(self.run_fleet([source]).new, 1)
        # Only the tip.
        tree = self.run_fleet([source], out=str(self.folder / "tree"), scan="tree")
        self.assertEqual({row["path"] for row in self.rows(str(self.folder / "tree"))}, {"app.env", "x.env"})
        self.assertEqual(tree.findings, 2)

    def test_layers_seen_before_are_left_out(self) -> None:
        base = {"usr/a.py": made.words("base", 50)}
        one = made.image(self.folder / "src/one.tar", [base, {"app.env": made.line("one")}])
        two = made.image(self.folder / "src/two.tar", [base, {"app.env": made.line("two")}, {"app.env": b"A=1\n"}])
        self.run_fleet([one, two])
        self.assertEqual({row["path"]: row["state"] for row in self.rows() if row["source_name"].endswith("two.tar")}, {"app.env": "overwritten"})
        self.assertEqual({row["source_name"][-7:] for row in self.rows()}, {"one.tar", "two.tar"})
        self.assertEqual({record.name[-7:]: record.known for record in self.records()}, {"one.tar": 0, "two.tar": 1})

    def test_prefixes_of_stores(self) -> None:
        logs = self.folder / "src/logs/deep"
        logs.mkdir(parents=True)
        (logs / "a.env").write_bytes(made.line("bucket"))
        (logs / "b.log").write_bytes(made.words("b", 9))
        source = f"objects:{self.folder / 'src/logs'}"
        self.run_fleet([source])
        self.assertEqual([row["path"] for row in self.rows()], ["deep/a.env"])
        (logs / "c.env").write_bytes(made.line("c"))
        second = self.run_fleet([source])
        self.assertEqual((second.new, [record.known for record in self.records()]), (1, [1]))

    def test_what_fails_is_told_and_keeps_what_was_known(self) -> None:
        path = self.repository("a.git", {"app.env": made.line("good")})
        # Also where it is no longer, it is the same source.
        good = f"git:{path}"
        word = made.value("userinfo")
        bad = f"https://user:{word}@localhost:1/a.git"
        self.run_fleet([good, bad, self.folder / "none"], tries=2)
        status = {record.name: (record.status, record.tries) for record in self.records()}
        self.assertEqual(status["https://localhost:1/a.git"], ("failed", 2))
        self.assertEqual(status[str(self.folder / "none")][0], "failed")
        self.assertNotIn(word.encode(), self.everything())
        path.rename(self.folder / "src/gone.git")
        second = self.run_fleet([good])
        self.assertEqual((second.sources, second.findings, second.gone), ({"failed": 1}, 1, 0))

    def test_a_source_that_takes_too_long_is_partial(self) -> None:
        slow = made.slow(self.folder / "src/slow", 6)
        summary = self.run_fleet([slow], timeout=0.02)
        self.assertIn(next(iter(summary.sources)), ("partial", "failed"))
        self.assertEqual(self.run_fleet([slow]).sources, {"done": 1})

    def test_a_key_of_another_worker_is_refused(self) -> None:
        from keysift.fleet import tasks
        from keysift.fleet.sources import parse

        options = self.options.named(b"another key of 32 characters....")
        record = tasks.scan_one(tasks.Job(parse(str(self.folder / "src")), "1", self.out, options))
        self.assertIn("not that of the run", record.reason)

    def test_names_of_strangers_are_shown_as_they_are(self) -> None:
        path = "config/<b>\u202e.env"
        summary = self.run_fleet([self.repository("<i>.git", {path: made.line("name")})])
        page = Path(self.out, "runs", summary.run, "report.html").read_text()
        self.assertIn("&lt;b&gt;\\u{202e}.env", page)
        for wrong in ("<b>", "<i>", "\u202e"):
            self.assertNotIn(wrong, page)

    def test_shards_together_are_a_run(self) -> None:
        sources = [self.repository(f"{n}.git", {"app.env": made.line(n)}) for n in range(6)]
        parts = [self.run_fleet(sources, run_name="20260101T000000", shard_index=n, shards=2) for n in range(2)]
        self.assertEqual([part.finished for part in parts], [False, True])
        self.assertEqual((parts[1].findings, parts[1].sources), (6, {"done": 6}))


class Command(Fleet):
    def test_the_command(self) -> None:
        self.repository("a.git", {"app.env": made.line("command")})
        listed = self.folder / "repos.txt"
        listed.write_text(f"# all\n{self.folder / 'src/a.git'}\n")
        command = ["run", "--sources", str(listed), "--out", self.out, "--address", "none", "--cache", str(self.folder / "cache")]
        out, shown = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(shown):
            self.assertEqual(cli.main([*command, "--fail-on", "low"]), 1)
        self.assertIn("1 secrets and other findings in 1 places", out.getvalue())
        self.assertIn("1 of 1 sources", shown.getvalue())
        done = subprocess.run([sys.executable, "-m", "keysift.fleet", "report", "--out", self.out], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, out.getvalue()))
        wrong = subprocess.run([sys.executable, "-m", "keysift.fleet", "report", "--out", str(self.folder)], capture_output=True, text=True, check=False)
        self.assertEqual((wrong.returncode, wrong.stdout), (2, ""))

    def test_the_executable_of_the_wheel_runs_it(self) -> None:
        executable = Path(sys.executable).with_name("keysift")
        if not executable.exists():
            self.skipTest("the command is not installed")
        # A folder of this name in the current one is not what runs.
        (self.folder / "keysift").mkdir()
        (self.folder / "keysift/__init__.py").write_text("raise SystemExit(55)\n")
        done = subprocess.run([executable, "fleet", "--help"], cwd=self.folder, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("keysift fleet", done.stdout)


class Killed(Fleet):
    """Processes that are killed while they work."""

    def kill(self, source: str, times: int, stop: threading.Event) -> None:
        """Kills processes that scan a source, so many times."""
        seen = set()
        while times and not stop.is_set():
            for note in (self.folder / "cache/running").glob("*"):
                with contextlib.suppress(OSError):
                    if note.name not in seen and source in note.read_text():
                        seen.add(note.name)
                        os.kill(int(note.name), signal.SIGKILL)
                        times -= 1
            time.sleep(0.005)

    def killing(self, source: str, times: int) -> None:
        stop = threading.Event()
        thread = threading.Thread(target=self.kill, args=(source, times, stop))
        thread.start()
        self.addCleanup(lambda: (stop.set(), thread.join()))

    def test_a_source_that_ends_its_worker_is_quarantined(self) -> None:
        poison = made.slow(self.folder / "src/poison", 8)
        good = [self.repository(f"{n}.git", {"app.env": made.line(n)}) for n in range(3)]
        self.killing("poison", 3)
        summary = self.run_fleet([poison, *good], address="none")
        self.assertEqual(summary.sources, {"done": 3, "quarantined": 1})
        self.assertEqual([record.status for record in self.records() if "poison" in record.source], ["tried"] * 3 + ["quarantined"])
        # Not tried again, until it is asked for.
        self.assertEqual(self.run_fleet([poison, *good]).sources, {"skipped": 3, "quarantined": 1})
        self.assertEqual(self.run_fleet([poison, *good], retry_quarantined=True).sources, {"skipped": 3, "done": 1})

    def test_a_killed_driver_goes_on(self) -> None:
        sources = [self.repository(f"{n}.git", {"app.env": made.line(n)}) for n in range(12)]
        sources.insert(6, made.slow(self.folder / "src/slow", 6))
        listed = self.folder / "repos.txt"
        listed.write_text("".join(f"{source}\n" for source in sources))
        command = [sys.executable, "-m", "keysift.fleet", "run", "--sources", str(listed), "--out", self.out, "--address", "none"]
        command += ["--cache", str(self.folder / "cache")]
        driver = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
        while not [note for note in (self.folder / "cache/running").glob("*") if "slow" in note.read_text()]:
            self.assertIsNone(driver.poll())
            time.sleep(0.005)
        # The ledger is written every second.
        time.sleep(0.2)
        os.killpg(driver.pid, signal.SIGKILL)
        driver.wait()
        store = Store(self.out)
        (name,) = ledger.runs(store)
        self.assertFalse(ledger.is_finished(store, name))
        subprocess.run(command, check=True, capture_output=True)
        self.assertEqual(ledger.runs(store), [name])
        final = [record for record in ledger.read(store, name) if record.is_final]
        self.assertEqual(len({record.source for record in final}), 13)
        whole = self.places()
        self.assertEqual((len(whole), len(set(whole))), (13, 13))
        self.run_fleet(sources, out=str(self.folder / "undisturbed"))
        self.assertEqual(whole, self.places(str(self.folder / "undisturbed")))


if __name__ == "__main__":
    unittest.main()
