"""Measures ten thousand http.response checks against what wrk reaches; scripts/bench runs it."""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from bench import line, measured, missing_tools, postflight, side_by_side

checks, connections = 10000, 32  # connections: as many as postflight's checks at once

nginx_conf = """
daemon off; pid {directory}/pid; error_log {directory}/error.log; worker_processes auto;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000;
  client_body_temp_path {directory}; proxy_temp_path {directory}; fastcgi_temp_path {directory};
  uwsgi_temp_path {directory}; scgi_temp_path {directory};
  server {{ listen 127.0.0.1:{port} backlog=1024; location / {{ default_type text/plain; return 200 "well\\n"; }} }}
}}
"""


class Nginx:
    def __enter__(self):
        self.directory = tempfile.mkdtemp()
        os.chmod(self.directory, 0o755)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        with open(f"{self.directory}/nginx.conf", "w") as file:
            file.write(nginx_conf.format(directory=self.directory, port=self.port))
        self.process = subprocess.Popen(["nginx", "-e", f"{self.directory}/error.log", "-c", f"{self.directory}/nginx.conf"])
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.05)
        sys.exit("bench: nginx did not start")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


def wrk_rate(url, *more):
    told = subprocess.run(["wrk", "-t", "2", "-c", str(connections), "-d", "2s", *more, url], check=True, capture_output=True, text=True)
    return float(re.search(r"Requests/sec:\s+([0-9.]+)", told.stdout)[1])


os.environ["PATH"] += ":/usr/sbin"
if not missing_tools("nginx", "wrk"):
    with Nginx() as server:
        checklist = f"{server.directory}/checklist.yaml"
        with open(checklist, "w") as file:
            file.write("checklist: rate\nchecks:\n")
            for number in range(checks):
                file.write(f"  - {{id: c{number}, title: answer {number} is right, kind: http.response, "
                           f'with: {{url: "{server.url}{number}", status: [200]}}}}\n')
        report = f"{server.directory}/report.json"
        ours = [postflight, "run", checklist, "-q", "--report", f"json={report}"]

        def our_rate():
            """Of the requests: without the reading of the checklist before them, as wrk's is without its start."""
            measured(ours)
            with open(report) as file:
                return checks / json.load(file)["duration_ms"] * 1000

        our_rate()
        # Each check asks on a connection of its own (docs/decisions/0015), and so does wrk here at first.
        mine, likewise, kept = side_by_side(our_rate, lambda: wrk_rate(server.url, "-H", "Connection: close"), lambda: wrk_rate(server.url))
        line(f"{checks:,} checks: {mine:,.0f}/s : wrk, {connections} connections at once, {likewise:,.0f}/s", f"{mine / likewise:.2f} of it",
             ">= 0.25 of it", mine / likewise >= 0.25)
        line(f"{checks:,} checks: {mine:,.0f}/s : wrk on {connections} connections that it keeps, {kept:,.0f}/s", f"{mine / kept:.2f} of it",
             ">= 0.25 of it", mine / kept >= 0.25)
        print(f"  wrk itself, with a connection for each request: {likewise / kept:.2f} of that")
        whole, reading = side_by_side(lambda: measured(ours)[0], lambda: measured([postflight, "lint", checklist])[0])
        print(f"  {whole * 1000:.0f} ms from start to end, of which {reading * 1000:.0f} are for reading the checklist")
