"""Measures checklists/cluster.yaml on stand-in clusters of many pods; scripts/bench runs it."""
import base64
import json
import os
import re
import ssl
import urllib.parse
import urllib.request

from bench import World, line, measured, missing_tools, root, rounds, side_by_side

sizes, compared, largest = (50, 1000, 10000, 50000), 10000, 50000


def cluster(pods):
    return World("--cluster", "healthy", "--pods", str(pods))


def command(world, *more):
    # The shell side does not ask for leases.
    return world.run("cluster.yaml", "--skip", "*-leases", *more)


class Api:
    """A world's API for a plain client, as the kubeconfig has it."""

    def __init__(self, world):
        text = open(world.kubeconfig).read()
        self.server = re.search(r"server: (\S+)", text)[1]
        self.header = "Authorization: Bearer " + re.search(r"user: \{token: (\S+)\}", text)[1]
        self.ca_file = f"{world.directory}/api-ca.pem"
        with open(self.ca_file, "wb") as file:
            file.write(base64.b64decode(re.search(r"certificate-authority-data: (\S+)", text)[1]))
        self.context = ssl.create_default_context(cafile=self.ca_file)

    def get(self, url):
        request = urllib.request.Request(url, headers=dict([self.header.split(": ")]))
        with urllib.request.urlopen(request, context=self.context) as answer:
            return json.load(answer)

    def pages(self, path):
        """Where the pages of a list are, first to last."""
        token = None
        while token != "":
            url = self.server + path + (f"&continue={urllib.parse.quote(token)}" if token else "")
            yield url
            token = self.get(url)["metadata"].get("continue", "")


def lists_read():
    """The first page of each list that a run reads, as it tells itself."""
    with cluster(min(sizes)) as world:
        measured(command(world, "--record", f"{world.directory}/recording"))
        recording = json.load(open(f"{world.directory}/recording/recording.json"))
    paths = set()
    for exchange in recording["exchanges"]:
        question = exchange["question"]
        if exchange["kind"] == "kubernetes-list":
            query = {"limit": 50 if question["path"].endswith("/secrets") else 500}
            if "field_selector" in question:
                query["fieldSelector"] = question["field_selector"]
            paths.add(question["path"] + "?" + urllib.parse.urlencode(query))
    return sorted(paths)


def curl_of(world, paths):
    """One curl that fetches all pages of these lists, one after another, on one connection."""
    api, config = Api(world), f"{world.directory}/curl"
    with open(config, "w") as file:
        file.write(f'cacert = "{api.ca_file}"\nheader = "{api.header}"\n')
        for url in (url for path in paths for url in api.pages(path)):
            file.write(f'url = "{url}"\noutput = "/dev/null"\n')
    return ["curl", "-sS", "--fail", "--config", config]


def lists_asked(world):
    """How often the run asked for the list that it read most often: whole lists, not pages of them."""
    counts = json.load(open(f"{world.directory}/requests.json"))
    return max((count.get("list", 0), resource) for resource, count in counts.items())


def compare(world, paths):
    ours, curl = command(world), curl_of(world, paths)
    mine, plain = side_by_side(lambda: measured(ours)[0], lambda: measured(curl)[0])
    line(f"{compared:,} pods: curl {plain * 1000:.0f} ms : postflight {mine * 1000:.0f} ms", f"{mine / plain:.1f} times",
         "<= 3 times", mine / plain <= 3)
    if missing_tools("kubectl", "jq", "openssl"):
        return
    script = [f"{root}/tests/bench/whole_cluster.sh"]
    environment = dict(os.environ, KUBECONFIG=world.kubeconfig, HOME=world.directory)
    shell, mine = side_by_side(lambda: measured(script, env=environment)[0], lambda: measured(ours)[0],
                               times=min(rounds, 3))
    line(f"{compared:,} pods: kubectl and jq {shell:.1f} s : postflight {mine:.1f} s", f"{shell / mine:.1f} times",
         ">= 10 times", shell / mine >= 10)


paths, memory = lists_read(), {}
for pods in sizes:
    with cluster(pods) as world:
        memory[pods] = measured(command(world))[1]
        most, resource = lists_asked(world)
        line(f"{pods:,} pods: LISTs of the resource listed most often", f"{most} ({resource.split('.')[0]})", "<= 1", most <= 1)
        samples = [measured(command(world)) for _ in range(2 if pods >= compared else 1)]
        memory[pods] = max(memory[pods], *(sample[1] for sample in samples))
        print(f"{pods:,} pods: {min(sample[0] for sample in samples):.2f} s, peak memory {memory[pods]:.1f} MB", flush=True)
        if pods == compared and not missing_tools("curl"):
            compare(world, paths)
line(f"peak memory at {largest:,} pods", f"{memory[largest]:.1f} MB", "< 96 MB", memory[largest] < 96)
grown = memory[largest] - memory[compared]
line(f"and more than at {compared:,}", f"{grown:.1f} MB", "<= 20 MB", grown <= 20)
