"""The module of the wheel: `packaging/test-wheel.sh` runs this where nothing but the wheel is installed."""

import dataclasses
import gzip
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import unittest
from pathlib import Path

import keysift

# Reversed, so that nothing here looks like a password.
VALUE = "Xk7qL2mW9rTbZ4vN"[::-1]
LINE = f"DB_PASSWORD={VALUE}\n"


def image(path: Path, files: dict) -> None:
    """Writes an image as `docker save` does, with one layer."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    data = layer.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    config = json.dumps({"rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]}, "config": {}}).encode()
    manifest = json.dumps([{"Config": "config.json", "RepoTags": ["app:1"], "Layers": ["layer.tar"]}]).encode()
    with tarfile.open(path, "w") as tar:
        for name, content in {"manifest.json": manifest, "config.json": config, "layer.tar": data}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


class Module(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_bytes(self) -> None:
        report = keysift.scan_bytes(LINE.encode(), name="app.env")
        self.assertEqual(report.outcome, "findings")
        (finding,) = report.findings
        self.assertEqual((finding.path, finding.line, finding.column), ("app.env", 1, 13))
        self.assertNotIn(VALUE, json.dumps(report.as_dict()))
        self.assertEqual(finding.as_dict()["rule"], finding.rule)
        self.assertIsInstance(finding.origin, dict)
        for other in (bytearray(LINE.encode()), memoryview(LINE.encode())):
            self.assertEqual(keysift.scan_bytes(other, "app.env").findings, report.findings)
        self.assertEqual(keysift.scan_bytes(b"nothing here").outcome, "clean")
        with self.assertRaises(dataclasses.FrozenInstanceError):
            finding.line = 2  # type: ignore[misc]

    def test_path(self) -> None:
        (self.folder / "app.env").write_text(LINE)
        (self.folder / "README").write_text("nothing\n")
        report = keysift.scan_path(self.folder)
        self.assertEqual([finding.path for finding in report.findings], ["app.env"])
        self.assertEqual(report.summary["coverage"]["files"], 2)
        self.assertEqual(report.unread, ())
        self.assertEqual(report.findings, keysift.scan_path(str(self.folder), threads=1).findings)
        with self.assertRaises(FileNotFoundError):
            keysift.scan_path(self.folder / "none")
        with self.assertRaises(TypeError):
            keysift.scan_path()

    def test_the_command_says_the_same(self) -> None:
        (self.folder / "app.env").write_text(LINE)
        command = [sys.executable, "-m", "keysift", "scan", str(self.folder), "--format", "json"]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 1)
        theirs = json.loads(run.stdout)
        ours = keysift.scan_path(self.folder)
        self.assertEqual([finding["fingerprint"] for finding in theirs["findings"]], [ours.findings[0].fingerprint])
        self.assertEqual(theirs["summary"]["version"], keysift.__version__)

    def test_image(self) -> None:
        file = self.folder / "app.tar"
        image(file, {"srv/app.env": LINE})
        report = keysift.scan_image(file)
        (finding,) = report.findings
        self.assertEqual((finding.path, finding.origin["kind"], finding.origin["state"]), ("srv/app.env", "layer", "live"))
        self.assertEqual(keysift.scan_image(file, base=[file]).findings, ())
        other = self.folder / "no.tar.gz"
        other.write_bytes(gzip.compress(b"x"))
        with self.assertRaises(ValueError):
            keysift.scan_image(other)

    def test_settings(self) -> None:
        (self.folder / "keysift.toml").write_text('exclude = ["old/"]\n')
        (self.folder / "old").mkdir()
        (self.folder / "old/app.env").write_text(LINE)
        self.assertEqual(len(keysift.scan_path(self.folder).findings), 1)
        report = keysift.Engine(config=self.folder).scan_path(self.folder)
        self.assertEqual((report.findings, report.suppressed), ((), {"excluded-path": 1}))
        revealed = keysift.Engine(reveal=True).scan_bytes(LINE.encode(), "app.env")
        self.assertEqual(revealed.findings[0].redacted, VALUE)
        self.assertIn("github-pat-classic", keysift.Engine().rules())
        for wrong in ({"min_severity": "huge"}, {"config": self.folder / "none.toml"}, {"rules": [self.folder / "none"]}):
            with self.assertRaises(ValueError, msg=str(wrong)):
                keysift.Engine(**wrong)

    def test_fingerprints_of_values(self) -> None:
        (plain,) = keysift.scan_bytes(LINE.encode(), "app.env").findings
        self.assertIsNone(plain.value_fingerprint)
        one, two = keysift.Engine(value_key=b"one"), keysift.Engine(value_key=b"two")
        (first,) = one.scan_bytes(LINE.encode(), "app.env").findings
        (elsewhere,) = one.scan_bytes(f"\npassword: {VALUE}\n".encode(), "other.yaml").findings
        (other,) = two.scan_bytes(LINE.encode(), "app.env").findings
        self.assertEqual(first.value_fingerprint, elsewhere.value_fingerprint)
        self.assertNotEqual(first.value_fingerprint, other.value_fingerprint)
        self.assertEqual((len(first.value_fingerprint), first.fingerprint), (32, plain.fingerprint))

    def test_a_history_and_what_is_known_of_it(self) -> None:
        def git(*args: str) -> None:
            settings = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
            subprocess.run(["git", *settings, "-C", str(self.folder), *args], check=True, capture_output=True)

        git("init", "--quiet")
        for number, (name, text) in enumerate([("app.env", LINE), ("a.py", "x = 1\n"), ("app.env", "A=1\n")]):
            (self.folder / name).write_text(text)
            git("add", "--all")
            git("commit", "--quiet", "-m", f"Change {number}")
        engine = keysift.Engine()
        (finding,) = engine.scan_git(self.folder).findings
        self.assertEqual((finding.path, finding.origin["at_tip"]), ("app.env", False))
        self.assertEqual(engine.scan_git(self.folder, range="HEAD~1..HEAD").findings, ())
        with self.assertRaises(FileNotFoundError):
            engine.scan_git(self.folder / "none")
        # The names of texts without findings: three messages, a.py, and app.env without the password.
        reading = {"folder": str(self.folder), "range": None, "since": None, "reflog": False, "unreachable": False, "archives": False}
        reading.update(ignore_files=True, max_file_size=0, threads=1, timeout=None)
        asked = []

        def known(names: bytes) -> bytes:
            asked.append(len(names) // 16)
            return bytes(names[at : at + 16] in learned for at in range(0, len(names), 16))

        learned: set = set()
        report, clean, count = engine._engine.scan_git(reading, known)
        self.assertEqual((asked, len(clean) // 16, count), ([6], 5, 0))
        learned = {clean[at : at + 16] for at in range(0, len(clean), 16)}
        again, clean, count = engine._engine.scan_git(reading, known)
        self.assertEqual((clean, count), (b"", 5))
        self.assertEqual(json.loads(again)["findings"], json.loads(report)["findings"])
        with self.assertRaises(ZeroDivisionError):
            engine._engine.scan_git(reading, lambda names: 1 // 0)

    def test_the_fleet_says_what_it_needs(self) -> None:
        try:
            import pyarrow  # noqa: F401
        except ImportError:
            run = subprocess.run([sys.executable, "-m", "keysift.fleet"], capture_output=True, text=True, check=False)
            self.assertIn("pip install 'keysift[fleet]'", run.stderr)
            command = Path(sys.executable).with_name("keysift.exe" if os.name == "nt" else "keysift")
            run = subprocess.run([command, "fleet", "run"], capture_output=True, text=True, check=False)
            self.assertEqual((run.returncode, "pip install 'keysift[fleet]'" in run.stderr), (2, True), run.stderr)

    def test_an_edit(self) -> None:
        pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  automountServiceAccountToken: true\n  containers: [{name: a, image: b}]\n"
        report = keysift.Engine(min_severity="info", min_confidence="low").scan_bytes(pod.encode(), "pod.yaml")
        for finding in report.findings:
            if finding.edit is not None:
                self.assertIsInstance(finding.edit.replacement, str)

    def test_threads_share_an_engine_and_run_at_the_same_time(self) -> None:
        engine = keysift.Engine()
        data = ("x = 1  # a line without a secret\n" * 200_000).encode()
        ticks, done = [], threading.Event()

        def tick() -> None:
            while not done.is_set():
                ticks.append(time.monotonic())
                time.sleep(0.001)

        clock = threading.Thread(target=tick)
        clock.start()
        started = time.monotonic()
        scans = [threading.Thread(target=engine.scan_bytes, args=(data, "a.py")) for _ in range(2)]
        for scan in scans:
            scan.start()
        for scan in scans:
            scan.join()
        ended = time.monotonic()
        done.set()
        clock.join()
        during = [tick for tick in ticks if started < tick < ended]
        self.assertGreater(len(during), 3, "Python stood still while Rust scanned")

    @unittest.skipIf(os.name == "nt", "signals of POSIX")
    def test_an_interrupt_ends_a_scan(self) -> None:
        fifo = self.folder / "big"
        fifo.write_bytes(b"password = x\n" * 20_000_000)
        timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        self.addCleanup(timer.cancel)
        started = time.monotonic()
        try:
            keysift.scan_path(fifo, threads=1)
        except KeyboardInterrupt:
            self.assertLess(time.monotonic() - started, 10)
        else:
            timer.join()
            self.skipTest("the scan was faster than the interrupt")

    def test_a_timeout_is_incomplete(self) -> None:
        (self.folder / "app.env").write_text(LINE)
        report = keysift.scan_path(self.folder, timeout=0.0)
        self.assertEqual(report.outcome, "incomplete")
        self.assertTrue(report.unread)


if __name__ == "__main__":
    unittest.main()
