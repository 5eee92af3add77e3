"""Measures the seven upgrade steps on the stand-in world; scripts/bench runs it."""
import json
import os
import statistics
import subprocess
import tempfile

from bench import World, line, measured, missing_tools, postflight, root, rounds, side_by_side


def command(world, *more):
    return world.run("authentik-upgrade.yaml", "--vars", f"{world.directory}/vars.yaml", *more)


print(f"medians of {rounds} rounds; the two sides of a ratio alternate\n")
version = statistics.median(measured([postflight, "--version"])[0] for _ in range(max(rounds, 21))) * 1000
line("postflight --version", f"{version:.1f} ms", "< 10 ms", version < 10)

with tempfile.NamedTemporaryFile() as stripped:
    subprocess.run(["strip", "-o", stripped.name, postflight], check=True)
    size = os.path.getsize(stripped.name) / 1e6
line("release binary, stripped", f"{size:.2f} MB", "< 6 MB", size < 6)

with World() as world:
    facts = world.facts
    ours = command(world, "--skip", "terraform-plan")
    memory = max(measured(ours)[1] for _ in range(3))
    line("peak memory of a run", f"{memory:.1f} MB", "< 40 MB", memory < 40)
    if not missing_tools("kubectl", "curl", "psql"):
        environment = dict(
            os.environ, KUBECONFIG=facts["kubeconfig"], NAMESPACE="authentik",
            OUTPOST="ak-outpost-authentik-embedded-outpost", APP_URL=facts["edge_url"],
            EDGE_ADDRESS=facts["edge_address"], EDGE_CA_FILE=facts["edge_ca_file"],
            DATABASE_URL=facts["database_url"], PGPASSWORD=facts["database_password"])
        script = [f"{root}/tests/bench/seven_steps.sh"]
        measured(script, env=environment)
        mine, shell = side_by_side(lambda: measured(ours)[0], lambda: measured(script, env=environment)[0])
        line(f"shell script {shell * 1000:.0f} ms : postflight {mine * 1000:.0f} ms", f"{shell / mine:.1f} times",
             ">= 5 times", shell / mine >= 5)

with World("--latency", "50ms") as world:
    over = []
    for _ in range(rounds):
        report = f"{world.directory}/report.json"
        measured(command(world, "--skip", "terraform-plan", "--report", f"json={report}"))
        record = json.load(open(report))
        durations = {check["id"]: check["duration_ms"] for check in record["checks"]}
        slowest = max(durations, key=durations.get)
        over.append((record["duration_ms"] - durations[slowest], record["duration_ms"], slowest, durations))
    middle = sorted(over, key=lambda sample: sample[0])[len(over) // 2]
    line(f"50 ms on every answer: run {middle[1]} ms, over its slowest check", f"{middle[0]} ms", "<= 60 ms", middle[0] <= 60)
    print("\nwhere the time goes with 50 ms on every answer (ms a check):")
    for check, milliseconds in sorted(middle[3].items(), key=lambda item: -item[1]):
        print(f"  {check:<22} {milliseconds:>6}")
