"""`feedhub fetch` against every quick behaviour of the shared hostile server, judged as its probe judges."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from feedhub.cli.fetch import look
from feedhub.model import Feed, FetchOptions
from tests.fresh import put_empty
from tests.test_fetcher_hostile import Hostile, free_ports


@dataclass(frozen=True)
class Bench:
    """The server, its behaviours, and the judges."""

    hostile: Hostile
    rows: dict[str, dict[str, Any]]
    probe: ModuleType
    xss: ModuleType

    def why_not(self, name: str, reports: list[dict[str, Any]]) -> list[str]:
        """Return what was not as expected, in the words of the probe."""
        row, last = self.rows[name], reports[-1]
        why = [] if self.probe.agrees(row["expect"], last) else [f"got {last['outcome']}:{last['entries']}"]
        could_run = [found for html in last["html"] for found in self.xss.judge_html(html, "html")]
        could_run += [url for url in last["urls"] if self.xss.bad_url(url)]
        if not name.startswith("xss-"):
            why += [f"text has {word!r}" for word in row["forbid"] if word.lower() in last["text"].lower()]
        if last["outcome"] == "ok" and last["text"]:
            why += [f"text lacks {word!r}" for word in row["need"] if word not in last["text"]]
        lines = map(json.loads, self.hostile.log.read_text().splitlines())
        canary = [line["target"] for line in lines if line["listener"] == "canary"]
        return [*why, *map(str, could_run), *(target for target in canary if f"from={name}" in target)]


@pytest.fixture(scope="module")
def bench(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    pytest.importorskip("html5lib")
    port, log = free_ports(), tmp_path_factory.mktemp("hostile") / "requests.jsonl"
    command = [sys.executable, str(shared / "tools" / "hostile_server.py"), "--port", str(port)]
    listed = subprocess.run([*command, "--list", "--json"], capture_output=True, check=True)
    options = ["--log", str(log), "--bomb-mib", "64", "--title-mib", "25"]
    server = subprocess.Popen([*command, *options], stdout=subprocess.PIPE)
    assert server.stdout is not None
    server.stdout.readline()
    sys.path.insert(0, str(shared / "tools"))
    try:
        probe, xss = importlib.import_module("probe"), importlib.import_module("xss_judge")
    finally:
        sys.path.pop(0)
    rows = {row["name"]: row for row in json.loads(listed.stdout)}
    yield Bench(Hostile(port, log), rows, probe, xss)
    server.terminate()
    server.wait(20)
    server.stdout.close()


@pytest.mark.parametrize(
    "category",
    ["exhaust", "xml", "redirect", "ssrf", "status", "cache", "wire", "charset", "content", "semantics"],
)
def test_every_quick_behaviour_is_met(bench: Bench, category: str, tmp_path: Path) -> None:
    """Each ends as a good client's poll would, in time, and the service next door is never asked."""
    allowed = tuple(f"127.0.0.{host}:{bench.hostile.port}" for host in (1, 2))
    names = [name for name, row in bench.rows.items() if row["cat"] == category and not row["slow"]]
    assert names
    failed = {}
    for name in names:
        folder = tmp_path / name
        put_empty(folder / "fetched.sqlite")
        url = f"http://127.0.0.1:{bench.hostile.port}/b/{name}/{category}"
        feed = Feed(id="f", url=url, category="c", fetch=FetchOptions(allow_private=allowed))
        started = time.monotonic()
        reports = [
            look(feed, "FeedHub/test (+https://hub.example/)", folder)
            for _ in range(bench.rows[name]["polls"])
        ]
        why = bench.why_not(name, reports)
        if time.monotonic() - started > 20:
            why.append("took too long")
        if why:
            failed[name] = why
    assert failed == {}
