"""The command `keysift fleet`."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Iterable, List, Optional, Union

from . import redact
from .driver import run
from .options import Options
from .reports import Summary, report
from .secrets import SEVERITIES
from .sources import Source, read_list

_UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def _size(word: str) -> int:
    unit = _UNITS.get(word[-1:].lower())
    try:
        return int(float(word[:-1]) * unit) if unit else int(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"not a size: {word} (for example 2G)") from None


def _run_arguments(add: argparse.ArgumentParser) -> None:
    defaults = Options()
    shard = os.environ.get("JOB_COMPLETION_INDEX")
    add.add_argument("--sources", required=True, metavar="FILE", help="a source a line; - is standard input")
    add.add_argument("--out", required=True, metavar="FOLDER_OR_URI", help="where results go: a folder, or s3://…, gs://… that all workers reach")
    add.add_argument("--address", default="auto", help="auto: the Ray cluster of this machine; local: a new one; none: processes; or an address of Ray")
    add.add_argument("--workers", type=int, help="with local: cores of Ray; with none: processes (default 1)")
    add.add_argument("--scan", choices=("history", "tree"), default=defaults.scan, help="of git: every commit, or the files at the tip (default: %(default)s)")
    add.add_argument("--timeout", type=float, default=defaults.timeout, metavar="SECONDS", help="for one source (default: %(default)s)")
    add.add_argument("--memory", type=_size, default=defaults.memory, metavar="SIZE", help="for one source (default: 2G; 0: no limit)")
    add.add_argument("--reserve-memory", action="store_true", help="let Ray place tasks by --memory too")
    add.add_argument("--tries", type=int, default=defaults.tries, help="crashes until a source is quarantined (default: %(default)s)")
    add.add_argument("--retry-quarantined", action="store_true", help="try quarantined sources again")
    add.add_argument("--cache", default="", metavar="FOLDER", help="mirrors and known texts on each worker (default: KEYSIFT_FLEET_CACHE, ~/.cache/keysift/fleet)")
    add.add_argument("--min-severity", choices=SEVERITIES, default=defaults.min_severity)
    add.add_argument("--min-confidence", choices=("low", "medium", "high"), default=defaults.min_confidence)
    add.add_argument("--no-inline-suppressions", action="store_true", help="ignore keysift:ignore in sources")
    add.add_argument("--archives", action="store_true", help="open archives in trees and histories")
    add.add_argument("--max-file-size", type=_size, default=defaults.max_file_size, metavar="SIZE")
    add.add_argument("--config", metavar="FILE", help="a keysift.toml for all sources; theirs are not read")
    add.add_argument("--rules", action="append", default=[], metavar="FILE", help="additional rules")
    add.add_argument("--run", metavar="NAME", help="the name of the run: needed for shards (default: the unfinished one, or the time)")
    add.add_argument("--new-run", action="store_true", help="begin a new run although one is unfinished")
    add.add_argument("--shards", type=int, default=1, metavar="N", help="scan one of N parts of the list")
    add.add_argument("--shard", type=int, default=int(shard) if shard else 0, metavar="I", help="which part, from 0 (default: JOB_COMPLETION_INDEX)")
    add.add_argument("--fail-on", choices=(*SEVERITIES, "never"), default="never", help="exit 1 if a secret of this severity is found (default: never)")
    add.add_argument("--no-progress", action="store_true")


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    top = argparse.ArgumentParser(
        prog="keysift fleet",
        description="Scan many repositories, images, folders and buckets on Ray, or in the pods of a Kubernetes Job (docs/fleet.md).",
        epilog="The key of value fingerprints is in KEYSIFT_FLEET_KEY_FILE or KEYSIFT_FLEET_KEY, here and on the workers. "
        "Exit codes: 0 done, 1 findings at --fail-on, 2 sources were not scanned or only in part, or wrong usage.",
    )
    commands = top.add_subparsers(dest="command", required=True)
    _run_arguments(commands.add_parser("run", help="scan sources; an unfinished run goes on"))
    again = commands.add_parser("report", help="write the reports of a run, and print its summary")
    again.add_argument("--out", required=True, metavar="FOLDER_OR_URI")
    again.add_argument("--run", metavar="NAME", help="the run (default: the latest)")
    again.add_argument("--fail-on", choices=(*SEVERITIES, "never"), default="never")
    return top


def _run(args: argparse.Namespace) -> Summary:
    if not 0 <= args.shard < args.shards:
        raise ValueError(f"--shard {args.shard} is not one of --shards {args.shards}")
    options = Options(
        scan=args.scan,
        min_severity=args.min_severity,
        min_confidence=args.min_confidence,
        inline_suppressions=not args.no_inline_suppressions,
        archives=args.archives,
        max_file_size=args.max_file_size,
        timeout=args.timeout,
        memory=args.memory,
        tries=args.tries,
        cache=args.cache and os.path.abspath(args.cache),
    ).with_files(args.config, args.rules)
    # A list is small beside its results: with its length, progress knows what is left. Standard input may be endless.
    sources: Iterable[Union[str, Source]] = read_list(sys.stdin) if args.sources == "-" else list(read_list(args.sources))
    return run(
        sources,
        args.out if "://" in args.out else os.path.abspath(args.out),
        options=options,
        address=args.address,
        workers=args.workers,
        reserve_memory=args.reserve_memory,
        run_name=args.run,
        new_run=args.new_run,
        retry_quarantined=args.retry_quarantined,
        shard_index=args.shard,
        shards=args.shards,
        progress=not args.no_progress,
    )


def _code(summary: Summary, fail_on: str) -> int:
    if any(summary.sources.get(status) for status in ("failed", "quarantined", "partial")):
        return 2
    if fail_on != "never" and any(summary.by_severity.get(level) for level in SEVERITIES[SEVERITIES.index(fail_on) :]):
        return 1
    return 0


def main(arguments: Optional[List[str]] = None) -> int:
    """Runs the command, and returns its exit code."""
    args = parser().parse_args(arguments)
    try:
        summary = _run(args) if args.command == "run" else report(args.out, args.run, final=True)
    except (ValueError, LookupError, OSError) as error:
        print(f"keysift fleet: {redact.message(str(error))}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("keysift fleet: interrupted; the same command goes on", file=sys.stderr)
        return 130
    for line in summary.lines():
        print(line)
    return _code(summary, args.fail_on)
