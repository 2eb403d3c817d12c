"""The metadata address and private networks are never asked: proved where this machine plays them itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PORT = 18_900
SPELLINGS = (
    "http://169.254.169.254/latest/meta-data/", "http://2852039166/", "http://0xa9fea9fe/", "http://0251.0376.0251.0376/",
    "http://[::ffff:169.254.169.254]/", "http://[::ffff:a9fe:a9fe]/", "http://[64:ff9b::a9fe:a9fe]/", "http://169.254.43518/",
    "http://10.0.0.5/", "http://192.168.1.1/", "http://100.64.0.1/", "http://127.0.0.1:18901/", "http://0.0.0.0:18901/",
    "http://localhost:18901/", "http://[::1]:18901/", "http://169.254.169.254./", "http://１６９.254.169.254/",
)  # fmt: skip
DISCOVERY = (
    "redirect-metadata",
    "html-autodiscovery-ssrf",
    "html-meta-refresh",
    "redirect-internal",
    "websub",
)

# Inside the namespace: a server that also listens on 169.254.169.254:80, and one on each private address.
INSIDE = """
import socket, subprocess, sys, threading, time
port, log, tool, *arguments = sys.argv[1:]
asked = []
def play(host):
    listener = socket.create_server((host, 80))
    while True:
        listener.accept()[0].close()
        asked.append(host)
for host in ("10.0.0.5", "192.168.1.1", "100.64.0.1"):
    threading.Thread(target=play, args=(host,), daemon=True).start()
command = [sys.executable, tool, "--port", port, "--log", log, "--real-metadata"]
server = subprocess.Popen(command, stdout=subprocess.PIPE)
server.stdout.readline()
socket.create_connection(("169.254.169.254", 80), 5).close()
feedhub = [sys.executable, "-c", "from feedhub.cli import main; main()", *arguments]
code = subprocess.run(feedhub).returncode
time.sleep(0.2)
server.terminate()
print("ASKED", asked, "CODE", code)
"""


@pytest.fixture
def isolated(shared: Path) -> list[str]:
    """The command that runs another one in a network of its own."""
    wrapper = ["bash", str(shared / "tools" / "netns_run.sh")]
    allowed = subprocess.run([*wrapper, "true"], capture_output=True, check=False)
    if allowed.returncode:
        pytest.skip("a network namespace is not permitted here: unshare needs root or user namespaces")
    return wrapper


@pytest.mark.parametrize("way", ["config", "opml"])
def test_the_metadata_address_is_never_asked(
    shared: Path, isolated: list[str], tmp_path: Path, way: str
) -> None:
    """Not by a feed in the YAML or in an OPML file, not by redirect, not by what a page links to."""
    pages = [f"http://127.0.0.1:{PORT}/b/{name}/x" for name in (*DISCOVERY, "valid")]
    urls = [*SPELLINGS, *pages]
    lines = "".join(f'<outline type="rss" xmlUrl="{url}"/>' for url in urls)
    (tmp_path / "feeds.opml").write_text(f'<opml version="2.0"><head/><body>{lines}</body></opml>')
    listed = "include: [feeds.opml]" if way == "opml" else "feeds: " + json.dumps(urls, ensure_ascii=False)
    config = tmp_path / "feedhub.yaml"
    config.write_text(f"hub: {{data: data}}\nfetch: {{allow_private: ['127.0.0.1:{PORT}']}}\n{listed}\n")
    log = tmp_path / "requests.jsonl"
    tool = str(shared / "tools" / "hostile_server.py")
    inside = [sys.executable, "-c", INSIDE, str(PORT), str(log), tool, "-c", str(config), "poll"]
    done = subprocess.run(
        [*isolated, *inside],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])},
    )
    assert "ASKED [] CODE 0" in done.stdout, done.stdout + done.stderr
    requests = [json.loads(line) for line in log.read_text().splitlines()]
    # The one on the metadata address is the test's own, to show that it can be reached; it asked for nothing.
    assert {line["listener"] for line in requests if line["method"] == "GET"} == {"feed"}
    assert {line["behaviour"] for line in requests} >= {*DISCOVERY, "valid"}
