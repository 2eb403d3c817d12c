"""What a hostile feed leaves of itself in pages, judged as a browser parses them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedhub.pages import story_path
from tests.sample_site import STORIES, make_app, sample_store, serving
from tests.test_web import ask
from tests.test_web_pages import BROWSER

PATHS = [
    "/",
    "/all.html",
    "/picked.html",
    "/all/2026-03-12.html",
    "/search?q=<script>alert(1)</script>&in=all",
    '/search?q="><svg onload=alert(1)>',
    '/status?q="onfocus=alert(1) autofocus="&category=<script>',
    "/nothing/<script>alert(1)</script>",
    "/health.atom",
    *(f"/{story_path(story.id)}" for story in STORIES),
]


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """The address of a running server."""
    with serving(make_app(sample_store())) as address:
        yield address


def test_nothing_of_a_feed_can_run(base: str, shared: Path, tmp_path: Path) -> None:
    """No page has a script but ours, a handler, a style, a form or an address that runs something."""
    judged = []
    for number, path in enumerate(PATHS):
        judged.append(tmp_path / f"{number}.txt")
        judged[-1].write_bytes(ask(base + path).content)
    judged.append(tmp_path / "subscribe.txt")
    judged[-1].write_bytes(ask(base + "/all.atom", Accept=BROWSER).content)
    judge = [sys.executable, str(shared / "tools" / "xss_judge.py"), *map(str, judged)]
    verdict = subprocess.run(judge, capture_output=True, text=True, timeout=60, check=False)
    assert (verdict.returncode, verdict.stderr) == (0, ""), verdict.stdout
