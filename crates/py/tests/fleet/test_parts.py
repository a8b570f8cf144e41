"""The parts of `keysift.fleet`, each alone."""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
import unittest
from pathlib import Path
from typing import List

import made
from keysift.fleet import diff, driver, images, ledger, pools, progress, redact, reports, sources, tasks
from keysift.fleet.cache import Known
from keysift.fleet.ledger import Ledger, Record
from keysift.fleet.options import Options, key, key_id
from keysift.fleet.owners import Owners
from keysift.fleet.store import Store


class Instant(pools.Pool):
    """Says that each source took `seconds`, and remembers the batches. `breaks` ends the process of a batch with that source."""

    def __init__(self, seconds: float, breaks: str = "") -> None:
        self.seconds, self.breaks = seconds, breaks
        self.batches: List[List[tasks.Job]] = []
        self._given = 0

    def capacity(self) -> int:
        return 200

    def workers(self) -> int:
        return 2

    def submit(self, jobs: List[tasks.Job]) -> None:
        self.batches.append(jobs)

    def running(self) -> int:
        return len(self.batches) - self._given

    def ended(self, seconds: float) -> List[pools.Ended]:
        jobs = self.batches[self._given]
        self._given += 1
        if any(job.source.name.endswith(self.breaks) for job in jobs if self.breaks):
            return [(jobs, pools.Crash("ended"))]
        return [(jobs, [Record(job.source.id, job.source.name, "git", "done", scan_s=self.seconds) for job in jobs])]


class Batches(unittest.TestCase):
    def batches(self, count: int, pool: Instant) -> driver.Driver:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        listed = [sources.parse(f"git:/srv/{number}.git") for number in range(count)]
        store = Store(folder.name)
        ran = driver.Driver(store, "run", Options().named(b"k" * 32), progress.Progress(count, False), False, count)
        ran.run(iter(listed), pool)
        ran.close()
        self.assertEqual({source.id for source in listed}, set(ran.state))
        return ran

    def test_small_sources_share_a_task(self) -> None:
        pool = Instant(0.01)
        self.batches(2000, pool)
        sizes = [len(jobs) for jobs in pool.batches]
        self.assertEqual(sum(sizes), 2000)
        self.assertEqual(set(sizes[:8]), {1}, "nothing is known yet")
        self.assertEqual(max(sizes), 50, "half a second")
        self.assertLess(len(sizes), 150)
        self.assertLess(max(sizes[-4:]), 5, "no worker has a long batch when the others have none")

    def test_large_sources_are_tasks_of_their_own(self) -> None:
        pool = Instant(2.0)
        self.batches(300, pool)
        self.assertEqual({len(jobs) for jobs in pool.batches}, {1})

    def test_only_the_source_that_ends_its_worker_is_quarantined(self) -> None:
        pool = Instant(0.01, breaks="1234.git")
        ran = self.batches(2000, pool)
        self.assertEqual([record.name for record in ran.state.values() if record.status != "done"], ["/srv/1234.git"])
        self.assertEqual([len(jobs) for jobs in pool.batches if any(job.source.name.endswith("1234.git") for job in jobs)][1:], [1, 1, 1])


class Names(unittest.TestCase):
    def test_credentials_in_addresses_are_dropped(self) -> None:
        word = made.value("url")
        for text in (f"https://user:{word}@host/a.git", f"https://{word}@host/a.git", f"https://host/a.git?token={word}", f"ssh://git:{word}@host/a.git"):
            source = sources.parse(text)
            self.assertNotIn(word, repr(source) + source.id + source.name, text)
            self.assertTrue(redact.has_credentials(text), text)
        self.assertEqual(sources.parse(f"https://user:{word}@host/a.git"), sources.parse("https://host/a.git"))
        self.assertFalse(redact.has_credentials("https://host/a.git"))

    def test_credentials_in_messages_are_dropped(self) -> None:
        word = made.value("message")
        for text in (
            f"fatal: unable to access 'https://user:{word}@host/a.git/': 403",
            f"https://a:{word}@{word}@host/",
            f"Authorization: Basic {word}",
            f"GET /a?private_token={word}&x=1",
        ):
            self.assertNotIn(word, redact.message(text), text)
        os.environ["SOME_TOKEN"] = word
        self.addCleanup(os.environ.pop, "SOME_TOKEN")
        self.assertNotIn(word, redact.message(f"it says {word}"))

    def test_kinds(self) -> None:
        kinds = {
            "https://host/a.git": "git",
            "git@host:a/b.git": "git",
            "file:///srv/a.git": "git",
            "docker://host/a:1": "reference",
            "s3://bucket/logs": "objects",
            "image:a.tar": "image",
            "folder:a": "folder",
            "git:a": "git",
            "nowhere/at/all": "folder",
        }
        for text, kind in kinds.items():
            self.assertEqual(sources.parse(text).kind, kind, text)
        for text in ("", "-x", "a\nb", "git:--upload-pack=x"):
            with self.assertRaises(ValueError):
                sources.parse(text)

    def test_a_list_names_each_source_once(self) -> None:
        text = "# all\nhttps://host/a\n\nhttps://u:p@host/a\nhttps://host/b\n"
        names = [source.place for source in sources.each(sources.read_list(io.StringIO(text)))]
        self.assertEqual(names, ["https://host/a", "https://host/b"])

    def test_shards_are_a_partition(self) -> None:
        everything = [sources.parse(f"https://host/{n}") for n in range(200)]
        parts = [list(sources.shard(everything, n, 3)) for n in range(3)]
        self.assertEqual(sorted(source.place for part in parts for source in part), sorted(source.place for source in everything))
        self.assertTrue(all(30 < len(part) for part in parts))
        self.assertEqual(len({source.id for source in everything}), 200)


class Codeowners(unittest.TestCase):
    def test_the_last_match_decides(self) -> None:
        owners = Owners("* @all # everyone\n*.js @js\n/build/logs/ @ops\ndocs/* d@example.org\napps/ @apps\n/apps/free\n**/logs @l\nwith\\ space @s\n")
        expected = {
            "a.py": ["@all"],
            "x/y.js": ["@js"],
            "build/logs/a": ["@l"],
            "docs/a.md": ["d@example.org"],
            "docs/deep/a.md": ["@all"],
            "x/apps/a": ["@apps"],
            "apps/free": [],
            "deep/logs/a": ["@l"],
            "with space": ["@s"],
        }
        for path, names in expected.items():
            self.assertEqual(owners.of(path), names, path)

    def test_sections_of_gitlab_add_up(self) -> None:
        owners = Owners("* @all\n[Docs][2] @docs\n*.md\n^[Web]\n/web/ @web\n")
        self.assertEqual(owners.of("web/a.md"), ["@all", "@docs", "@web"])
        self.assertEqual(Owners().of("a"), [])


class Files(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_a_write_that_fails_leaves_nothing(self) -> None:
        store = Store(str(self.folder))
        store.write("a/b", b"1")
        with self.assertRaises(TypeError):
            store.write("a/b", None)  # type: ignore[arg-type]
        self.assertEqual((store.read("a/b"), os.listdir(self.folder / "a")), (b"1", ["b"]))
        self.assertEqual(store.names("none"), [])

    def test_the_ledger_only_grows_and_keeps_the_last_word(self) -> None:
        store = Store(str(self.folder))
        for status in ("tried", "done", "tried"):
            book = Ledger(store, "1")
            book.add(Record("s", "s", "git", status, reason=status, unread=("a",)))
            book.flush()
        records = ledger.read(store, "1")
        self.assertEqual([record.status for record in records], ["tried", "done", "tried"])
        self.assertEqual(ledger.latest(records)["s"].status, "done")
        self.assertEqual(ledger.tries(records), {"s": 2})
        self.assertEqual(Record.of({**json.loads(records[0].to_json()), "later": 1}), records[0])

    def test_the_state_is_that_of_the_last_run_and_of_unfinished_ones_since(self) -> None:
        store = Store(str(self.folder))
        ledger.save_state(store, "1", {"a": Record("a", "a", "git", "done", stamp="1"), "b": Record("b", "b", "git", "done")})
        book = Ledger(store, "2")
        book.add(Record("a", "a", "git", "done", stamp="2"))
        book.flush()
        state = ledger.load_state(store, "3")
        self.assertEqual((state["a"].stamp, state["b"].status), ("2", "done"))

    def test_known_texts_are_those_of_one_rule_set(self) -> None:
        options = Options(cache=str(self.folder), ruleset="r1")
        known = Known(options)
        names = [Known.name("layer", str(n)) for n in range(1200)]
        known.add(b"".join(names[:1100]))
        self.assertEqual(known.knows(names), [n < 1100 for n in range(1200)])
        self.assertFalse(any(Known(Options(cache=str(self.folder), ruleset="r2")).knows(names)))

    def test_a_damaged_cache_is_made_again(self) -> None:
        options = Options(cache=str(self.folder), ruleset="r1")
        name = Known.name("layer", "1")
        Known(options).add(name)
        (file,) = self.folder.glob("known-*.sqlite")
        for other in self.folder.glob("known-*.sqlite-*"):
            other.unlink()
        file.write_bytes(b"no database " * 1000)
        known = Known(options)
        self.assertEqual(known.knows([name]), [False])
        known.add(name)
        self.assertEqual(known.knows([name]), [True])

    @unittest.skipUnless(sys.platform == "linux", "the limit of Linux")
    def test_memory_is_limited(self) -> None:
        with tasks._limited(Options(memory=64 << 20)):
            with self.assertRaises(MemoryError):
                bytearray(256 << 20)
        bytearray(256 << 20)

    def test_layers_of_archives(self) -> None:
        file = made.image(self.folder / "a.tar", [{"a": b"1"}, {"b": b"2"}])
        (found,) = images.layers(file)
        self.assertEqual(len(found), 2)
        self.assertEqual(sources.parse(str(file)).kind, "image")
        (self.folder / "no.tar").write_bytes(b"x")
        self.assertEqual(images.layers(self.folder / "no.tar"), [])


class Decisions(unittest.TestCase):
    def test_only_clean_layers_at_the_bottom_are_left_out(self) -> None:
        clean = {"a", "b", "d"}.__contains__
        self.assertEqual(images.left_out([["a", "b", "c", "d"]], clean), {"a", "b"})
        self.assertEqual(images.left_out([["a", "b"], ["c", "b"]], clean), {"a"})
        self.assertEqual(images.left_out([["c", "a"]], clean), set())

    def test_new_gone_and_moved(self) -> None:
        def row(source: str, value: str, path: str) -> dict:
            return {"source_id": source, "rule": "r", "value": value, "path": path, "fingerprint": value + path}

        def done(source: str, status: str = "done") -> Record:
            return Record(source, source, "git", status)

        earlier = [row("a", "1", "x"), row("a", "2", "y"), row("b", "3", "z"), row("c", "4", "w")]
        now = [row("a", "1", "moved"), row("a", "5", "y")]
        state = {"a": done("a"), "b": done("b", "partial")}
        changes = diff.between(now, earlier, state, {"a": done("a"), "b": done("b"), "c": done("c")})
        self.assertEqual([entry["value"] for entry in changes.new], ["5"])
        # b was read in part, and c is no longer listed.
        self.assertEqual([entry["value"] for entry in changes.gone], ["2"])
        self.assertEqual([(old["path"], new["path"]) for old, new in changes.moved], [("x", "moved")])
        self.assertEqual(changes.sources_left, 1)

    def test_the_key_is_required_and_named(self) -> None:
        saved = {name: os.environ.pop(name, None) for name in ("KEYSIFT_FLEET_KEY", "KEYSIFT_FLEET_KEY_FILE")}
        try:
            with self.assertRaises(LookupError):
                key()
            os.environ["KEYSIFT_FLEET_KEY"] = "k" * 32
            self.assertEqual(key(), b"k" * 32)
            self.assertNotEqual(key_id(b"k" * 32), key_id(b"l" * 32))
        finally:
            os.environ.pop("KEYSIFT_FLEET_KEY", None)
            os.environ.update({name: text for name, text in saved.items() if text is not None})

    def test_what_changes_no_finding_is_no_other_rule_set(self) -> None:
        one = Options().named(b"k" * 32)
        self.assertEqual(one.ruleset, Options(timeout=1, memory=1, cache="x").named(b"k" * 32).ruleset)
        for other in (Options(scan="tree"), Options(min_severity="high"), Options(rules=(("a.yaml", "x"),))):
            self.assertNotEqual(one.ruleset, other.named(b"k" * 32).ruleset)
        self.assertNotEqual(one.ruleset, Options().named(b"l" * 32).ruleset)

    def test_durations(self) -> None:
        self.assertEqual([progress.duration(n) for n in (5, 65, 7300)], ["5 s", "1 min 5 s", "2 h 1 min"])
        self.assertEqual(reports.Summary("r", False, {"done": 1}).lines()[0], "run r: sources: 1 done")


if __name__ == "__main__":
    unittest.main()
