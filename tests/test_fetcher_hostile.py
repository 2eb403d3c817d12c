"""The fetcher against the shared hostile server: what it may ask for, how long and how large, and why not."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from feedhub.fetcher import Fetcher
from feedhub.model import Fetched, FetchFailure, FetchOptions, FetchOutcome, FetchRequest, Limits, NotModified
from tests.times import NOW

OK = "ok"

EXPECTED = {
    "gzip-bomb": "too-large",
    "gzip-bomb-nested": "encoding",
    "gzip-bomb-redirect": OK,
    "encoding-chain": "encoding",
    "endless-headers": "headers",
    "huge-header": "headers",
    "huge-title": "too-large",
    "slow-drip": "timeout",
    "hang": "timeout",
    "stall-mid-body": "timeout",
    "redirect-loop": "redirects",
    "redirect-chain-3": OK,
    "redirect-chain-30": "redirects",
    "redirect-301": OK,
    "redirect-308": OK,
    "redirect-307": OK,
    "redirect-no-location": "redirects",
    "redirect-file": "scheme",
    "redirect-metadata": "address",
    "redirect-internal": "address",
    "redirect-localhost": "address",
    "redirect-decimal": "address",
    "redirect-octal": "address",
    "redirect-short": "address",
    "redirect-zero": "address",
    "redirect-userinfo": "redirects",
    "redirect-backslash": "redirects",
    "s404": "not-found",
    "s410": "gone",
    "s401": "denied",
    "s403": "denied",
    "s429-seconds": "throttled",
    "s429-date": "throttled",
    "s429-none": "throttled",
    "s429-huge": "throttled",
    "s429-garbage": "throttled",
    "s503": "throttled",
    "s500": "http",
    "s204": "http",
    "s304-unasked": "http",
    "s300": "http",
    "s999": "http",
    "cookie-required": OK,
    "cl-too-long": "truncated",
    "chunked-ok": OK,
    "chunked-bad": "truncated",
    "chunked-cut": "truncated",
    "close-at-once": "network",
    "http09": "headers",
    "http10": OK,
    "garbage": "headers",
    "enc-gzip-mislabelled": OK,
    "enc-gzip-unlabelled": OK,
    "enc-gzip-cut": "truncated",
    "enc-deflate": OK,
    "enc-deflate-raw": OK,
    "etag-nasty": OK,
}


@dataclass(frozen=True)
class Hostile:
    """The running server: its port, and the log of what it was asked."""

    port: int
    log: Path

    def url(self, behaviour: str) -> str:
        return f"http://127.0.0.1:{self.port}/b/{behaviour}/test"


@pytest.fixture(scope="session")
def hostile(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    log = tmp_path_factory.mktemp("hostile") / "requests.jsonl"
    port = free_ports()
    tool = shared / "tools" / "hostile_server.py"
    command = [sys.executable, str(tool), "--port", str(port), "--log", str(log), "--bomb-mib", "64"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.05)
    yield Hostile(port, log)
    process.terminate()
    process.wait(20)


def free_ports() -> int:
    """Return a port that is free together with the two after it; each test worker looks in its own range."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = 19_000 + 60 * (worker % 50)
    for port in range(first, first + 60, 3):
        try:
            for offset in range(3):
                socket.create_server(("127.0.0.1", port + offset)).close()
        except OSError:
            continue
        return port
    pytest.skip("no three free ports in a row")


@pytest.fixture(scope="module")
def fetcher() -> Iterator[Fetcher]:
    started = Fetcher("FeedHub/test (+http://hub.example/)")
    yield started
    started.close()


def ask(fetcher: Fetcher, hostile: Hostile, behaviour: str, etag: str = "") -> FetchOutcome:
    quick = behaviour in ("slow-drip", "hang", "stall-mid-body")
    limits = Limits(read_s=0.5, total_s=0.8) if quick else Limits(read_s=15, total_s=20)
    allowed = tuple(f"127.0.0.{host}:{hostile.port}" for host in (1, 2))
    options = FetchOptions(allow_private=allowed, limits=limits)
    return fetcher.fetch(FetchRequest(hostile.url(behaviour), etag=etag, options=options), NOW)


@pytest.mark.parametrize(("behaviour", "expected"), EXPECTED.items())
def test_behaviour_ends_as_it_should(
    fetcher: Fetcher, hostile: Hostile, behaviour: str, expected: str
) -> None:
    """Each odd server ends in a feed or in the reason that fits, within its time."""
    outcome = ask(fetcher, hostile, behaviour)
    found = outcome.reason if isinstance(outcome, FetchFailure) else OK
    assert found == expected, outcome if isinstance(outcome, FetchFailure) else ""
    assert outcome.elapsed_s < 20


@pytest.mark.parametrize("behaviour", ["valid", "etag-weak", "etag-unquoted", "etag-gzip", "valid-json"])
def test_second_poll_is_answered_304(fetcher: Fetcher, hostile: Hostile, behaviour: str) -> None:
    """An ETag of any shape that comes back as it was given is recognised."""
    first = ask(fetcher, hostile, behaviour)
    assert isinstance(first, Fetched)
    assert isinstance(ask(fetcher, hostile, behaviour, first.headers["etag"]), NotModified)


def test_nobody_reaches_the_canary(fetcher: Fetcher, hostile: Hostile) -> None:
    """The service next door, which redirects point at in ten spellings, is never asked."""
    for behaviour in EXPECTED:
        if EXPECTED[behaviour] in ("address", "redirects", "scheme"):
            ask(fetcher, hostile, behaviour)
    listeners = [json.loads(line)["listener"] for line in hostile.log.read_text().splitlines()]
    assert "feed" in listeners
    assert "canary" not in listeners
