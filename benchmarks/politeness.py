"""How polite is the daemon, by the score of ../shared/tools/politeness.py?

    python benchmarks/politeness.py [--interval 20] [--polls 6] [--port 19500] [--why]

Runs `feedhub run --no-serve` over behaviours of the hostile server, with time scaled down (an interval of
seconds, Retry-After and max-age to match), restarts it half way, and scores the server's log. Loopback is
private and would be exempt from the pace that public domains get: `fetch.private_pace` holds it to it. One
host plays many publishers: `throttle_scope: feed`, lest one 429 put off all of them.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

TOOLS = Path(__file__).resolve().parents[2] / "shared" / "tools"
FEEDHUB = (sys.executable, "-c", "from feedhub.cli import main; main()")
BEHAVIOURS = (
    "valid", "valid-json", "updates", "etag-ignored", "etag-weak", "etag-random", "etag-unquoted",
    "etag-gzip", "etag-nasty", "lastmod-only", "lastmod-odd", "no-validators", "cc-no-store", "cookie-set",
    "cookie-required", "redirect-301", "redirect-307", "redirect-chain-3", "redirect-loop",
    "redirect-internal", "auth-sink", "s404", "s410", "s401", "s403", "s429-seconds", "s429-date",
    "s429-none", "s503", "s500", "s500-then-ok", "flaky", "empty-200-later", "truncated-later",
    "becomes-html", "gzip-bomb", "tracking-pixel", "websub",
)  # fmt: skip
SPACING_S = 0.4


def configure(folder: Path, port: int, interval_s: int) -> Path:
    file = folder / "feedhub.yaml"
    config = {
        "hub": {"data": "data", "url": "https://hub.example/"},
        "fetch": {
            "allow_private": [f"127.0.0.1:{port}", f"127.0.0.2:{port}"],
            "private_pace": True,
            "spacing": f"{SPACING_S}s",
            "per_host": 1,
        },
        "defaults": {"interval": f"{interval_s}s", "throttle_scope": "feed"},
        "feeds": [f"http://127.0.0.1:{port}/b/{name}/daemon" for name in BEHAVIOURS],
    }
    file.write_text(yaml.safe_dump(config))
    return file


def run_for(file: Path, seconds: float) -> None:
    daemon = subprocess.Popen(
        [*FEEDHUB, "-q", "-c", str(file), "run", "--no-serve"], stderr=subprocess.DEVNULL
    )
    time.sleep(seconds)
    daemon.send_signal(signal.SIGTERM)
    daemon.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--interval", type=int, default=20)
    parser.add_argument("--polls", type=int, default=6)
    parser.add_argument("--port", type=int, default=19_500)
    parser.add_argument("--why", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = folder / "requests.jsonl"
        times = ("--retry-after", str(given.interval * 2), "--max-age", str(given.interval * 5 // 4))
        command = [
            sys.executable,
            str(TOOLS / "hostile_server.py"),
            "--port",
            str(given.port),
            "--log",
            str(log),
        ]
        server = subprocess.Popen([*command, *times, "--bomb-mib", "64"], stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        server.stdout.readline()
        try:
            file = configure(folder, given.port, given.interval)
            half_s = given.interval * 1.4 * given.polls / 2
            run_for(file, half_s)
            run_for(file, half_s)
        finally:
            server.terminate()
            server.wait()
        score = [
            sys.executable,
            str(TOOLS / "politeness.py"),
            str(log),
            "--min-interval",
            str(given.interval),
        ]
        why = ["--why"] if given.why else []
        sys.exit(subprocess.run([*score, "--min-score", "97", *why], check=False).returncode)


if __name__ == "__main__":
    main()
