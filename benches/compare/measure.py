"""Runs commands in turn, and prints a table: seconds, seconds of the processors, peak memory.

`measure.py ROUNDS LIMIT < COMMANDS`: a line is `name|command`, the first one is the lower bound, and one is named `keysift`. In each round every command
runs once, so that whatever slows the machine down slows all of them. Medians, after a round to warm up. A command that takes more than 20 seconds runs
once; one that takes more than LIMIT seconds is ended.
"""

import os
import signal
import statistics
import subprocess
import sys
import threading
import time


def run(command, limit):
    """Returns seconds and seconds of the processors; or nothing if it was ended."""
    started = time.monotonic()
    child = subprocess.Popen(["bash", "-c", command], stdout=-3, stderr=-3, start_new_session=True)
    ended = threading.Timer(limit, os.killpg, (child.pid, signal.SIGKILL))
    ended.start()
    # Not `wait(limit)`, which looks only every 50 ms.
    _, _, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - started
    ended.cancel()
    return None if wall >= limit else (wall, usage.ru_utime + usage.ru_stime)


def peak(command):
    """The peak memory of one more run, in MB: that of the largest process, from a fresh parent, since the kernel keeps only the largest of all."""
    program = (
        "import resource, subprocess, sys; subprocess.run(['bash', '-c', sys.argv[1]], stdout=-3, stderr=-3);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    )
    return float(subprocess.run([sys.executable, "-c", program, command], capture_output=True, text=True, check=True).stdout)


def main():
    rounds, limit = int(sys.argv[1]), float(sys.argv[2])
    commands = [line.rstrip("\n").split("|", 1) for line in sys.stdin if line.strip()]
    times = {name: [] for name, _ in commands}
    for number in range(rounds + 1):
        for name, command in commands:
            known = times[name]
            if known and (known[0] is None or known[0][0] > 20):
                continue
            took = run(command, limit)
            # The first run of a fast command only warms up.
            if number > 0 or took is None or took[0] > 20:
                known.append(took)
    median = {
        name: None if runs[0] is None else [statistics.median(column) for column in zip(*runs)] for name, runs in times.items()
    }
    least, ours = median[commands[0][0]][0], median["keysift"][0]
    print(f"| tool | seconds | CPU seconds | peak memory | to {commands[0][0]} | to keysift |\n|---|---|---|---|---|---|")
    for name, command in commands:
        if median[name] is None:
            print(f"| {name} | > {limit:.0f} | | | > {limit / least:.1f} | > {limit / ours:.1f} |")
            continue
        wall, cpu = median[name]
        print(f"| {name} | {wall:.3f} | {cpu:.2f} | {peak(command):.0f} MB | {wall / least:.2f} | {wall / ours:.2f} |", flush=True)


main()
