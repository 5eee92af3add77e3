"""What the benches share: the stand-in world, measuring a command, and a line of the result."""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

build, rounds = sys.argv[1], int(sys.argv[2])
postflight = os.path.abspath(f"{build}/postflight")
root = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))


class World:
    def __init__(self, *arguments):
        self.arguments = arguments

    def __enter__(self):
        self.directory = tempfile.mkdtemp()
        os.chmod(self.directory, 0o755)
        self.kubeconfig = f"{self.directory}/kubeconfig"
        self.process = subprocess.Popen(
            [f"{build}/tests/postflight-world", "--directory", self.directory, "--seconds", "1800", *self.arguments],
            stdout=subprocess.DEVNULL)
        for _ in range(1200):
            if os.path.exists(f"{self.directory}/world.json"):
                break
            if self.process.poll() is not None:
                sys.exit("bench: the stand-in world did not start")
            time.sleep(0.05)
        self.facts = json.load(open(f"{self.directory}/world.json"))
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def run(self, checklist, *more):
        return [postflight, "run", f"{root}/checklists/{checklist}", "-q", "--kubeconfig", self.kubeconfig, *more]


def measured(command, **keywords):
    """Runs it; seconds of wall time and peak memory in MB. Ends the bench when the command fails."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, **keywords)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"bench: {command[0]} ended with {process.returncode}; nothing was measured")
    return seconds, usage.ru_maxrss / 1024


def side_by_side(*sides, times=rounds):
    """Alternates them, so that a noisy moment hits all; the median of each."""
    turns = [[side() for side in sides] for _ in range(times)]
    return [statistics.median(of_side) for of_side in zip(*turns)]


def missing_tools(*tools):
    missing = [tool for tool in tools if not shutil.which(tool)]
    if missing:
        print(f"{', '.join(missing)} not installed: no comparison with it")
    return missing


def line(what, value, wanted, good):
    print(f"{what:<64} {value:>16}   wanted {wanted:<14} {'ok' if good else 'MISSED'}", flush=True)
