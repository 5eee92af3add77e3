"""Measures the seven upgrade steps on the stand-in world; scripts/bench runs it."""
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
        self.process = subprocess.Popen(
            [f"{build}/tests/postflight-world", "--directory", self.directory, "--seconds", "600", *self.arguments],
            stdout=subprocess.DEVNULL)
        for _ in range(600):
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

    def command(self, *more):
        return [postflight, "run", f"{root}/checklists/authentik-upgrade.yaml", "-q", "--kubeconfig",
                f"{self.directory}/kubeconfig", "--vars", f"{self.directory}/vars.yaml", *more]


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


def side_by_side(ours, theirs):
    """Alternates the two, so that a noisy moment hits both; the medians."""
    pairs = [(ours()[0], theirs()[0]) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def line(what, value, wanted, good):
    print(f"{what:<58} {value:>16}   wanted {wanted:<14} {'ok' if good else 'MISSED'}")


print(f"medians of {rounds} rounds; the two sides of a ratio alternate\n")
version = statistics.median(measured([postflight, "--version"])[0] for _ in range(max(rounds, 21))) * 1000
line("postflight --version", f"{version:.1f} ms", "< 10 ms", version < 10)

with tempfile.NamedTemporaryFile() as stripped:
    subprocess.run(["strip", "-o", stripped.name, postflight], check=True)
    size = os.path.getsize(stripped.name) / 1e6
line("release binary, stripped", f"{size:.2f} MB", "< 6 MB", size < 6)

with World() as world:
    facts = world.facts
    ours = world.command("--skip", "terraform-plan")
    memory = max(measured(ours)[1] for _ in range(3))
    line("peak memory of a run", f"{memory:.1f} MB", "< 40 MB", memory < 40)
    missing = [tool for tool in ("kubectl", "curl", "psql") if not shutil.which(tool)]
    if missing:
        print(f"{', '.join(missing)} not installed: no comparison with the shell script")
    else:
        environment = dict(
            os.environ, KUBECONFIG=facts["kubeconfig"], NAMESPACE="authentik",
            OUTPOST="ak-outpost-authentik-embedded-outpost", APP_URL=facts["edge_url"],
            EDGE_ADDRESS=facts["edge_address"], EDGE_CA_FILE=facts["edge_ca_file"],
            DATABASE_URL=facts["database_url"], PGPASSWORD=facts["database_password"])
        script = [f"{root}/tests/bench/seven_steps.sh"]
        measured(script, env=environment)
        mine, shell = side_by_side(lambda: measured(ours), lambda: measured(script, env=environment))
        line(f"shell script {shell * 1000:.0f} ms : postflight {mine * 1000:.0f} ms", f"{shell / mine:.1f} times",
             ">= 5 times", shell / mine >= 5)

with World("--latency", "50ms") as world:
    over = []
    for _ in range(rounds):
        report = f"{world.directory}/report.json"
        measured(world.command("--skip", "terraform-plan", "--report", f"json={report}"))
        record = json.load(open(report))
        durations = {check["id"]: check["duration_ms"] for check in record["checks"]}
        slowest = max(durations, key=durations.get)
        over.append((record["duration_ms"] - durations[slowest], record["duration_ms"], slowest, durations))
    middle = sorted(over, key=lambda sample: sample[0])[len(over) // 2]
    line(f"50 ms on every answer: run {middle[1]} ms, over its slowest check", f"{middle[0]} ms", "<= 60 ms", middle[0] <= 60)
    print("\nwhere the time goes with 50 ms on every answer (ms a check):")
    for check, milliseconds in sorted(middle[3].items(), key=lambda item: -item[1]):
        print(f"  {check:<22} {milliseconds:>6}")
