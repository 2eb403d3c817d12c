"""Time parsing real feeds: ours against feedparser with and without its sanitising.

    python benchmarks/parse.py [FOLDER] [--every N] [--repeats K]

Every feed goes through every way in turn, K times each, and the best CPU time counts, so that what else the
machine does hits no way alone. Prints milliseconds a feed and how many times ours goes into
feedparser's: of the sums over all feeds, and the median of the feeds' own ratios.
"""

from __future__ import annotations

import argparse
import io
import platform
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import feedparser
import lxml.etree

from feedhub.errors import ParseError
from feedhub.model import Feed
from feedhub.normalize import normalize
from feedhub.normalize.html import Sanitiser
from feedhub.parser import parse

FEED = Feed(id="bench", url="https://feeds.example/", category="bench")
NOW = datetime(2026, 11, 23, tzinfo=UTC)
CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "real"


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", nargs="?", type=Path, default=CORPUS)
    arguments.add_argument("--every", type=int, default=1, metavar="N", help="take one feed in N")
    arguments.add_argument("--repeats", type=int, default=3, metavar="K")
    chosen = arguments.parse_args()
    if not chosen.folder.is_dir():
        print(f"no corpus at {chosen.folder}", file=sys.stderr)
        return 1
    warnings.simplefilter("ignore")
    bodies = _bodies(chosen.folder)[:: chosen.every]
    times: list[list[float]] = [[] for _ in WAYS]
    for body in bodies:
        for way, taken in zip(WAYS.values(), times, strict=True):
            taken.append(min(_time(way, body) for _ in range(chosen.repeats)))
    print(
        f"{len(bodies)} feeds, {sum(map(len, bodies)) / 1e6:.1f} MB, best of {chosen.repeats}; "
        f"Python {platform.python_version()}, lxml {lxml.etree.__version__}, nh3 {version('nh3')}, "
        f"feedparser {feedparser.__version__}, {_processor()}"
    )
    default, plain = times[-2:]
    print(f"{'':30}{'ms a feed':>20}{'feedparser default':>24}{'its sanitising off':>24}")
    print(f"{'':30}" + f"{'median':>10}{'mean':>10}" + f"{'sums':>12}{'median':>12}" * 2)
    for name, taken in zip(WAYS, times, strict=True):
        print(f"{name:30}{statistics.median(taken) * 1e3:10.2f}{statistics.fmean(taken) * 1e3:10.2f}", end="")
        for theirs in (default, plain):
            ratios = [other / own for other, own in zip(theirs, taken, strict=True)]
            print(f"{sum(theirs) / sum(taken):12.1f}{statistics.median(ratios):12.1f}", end="")
        print()
    return 0


def _bodies(folder: Path) -> list[bytes]:
    """Return the XML feeds of a folder; feedparser reads no JSON Feed."""
    bodies = [path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix not in (".tsv", ".json")]
    return [body for body in bodies if not body.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{")]


def _time(way: Callable[[bytes], object], body: bytes) -> float:
    start = time.process_time()
    way(body)
    return time.process_time() - start


def _ours(body: bytes) -> object:
    try:
        return parse(body)
    except ParseError as error:
        return error


def _ours_sanitised(body: bytes) -> object:
    feed, sanitiser = parse(body), Sanitiser()
    return [
        (
            sanitiser.clean(entry.content, entry.content_type, entry.base),
            sanitiser.clean(entry.summary, entry.summary_type, entry.base),
        )
        for entry in feed.entries
    ]


def _ours_normalised(body: bytes) -> object:
    return normalize(parse(body), FEED, {}, NOW)


def _feedparser_default(body: bytes) -> object:
    return feedparser.parse(io.BytesIO(body))


def _feedparser_plain(body: bytes) -> object:
    return feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)


WAYS: dict[str, Callable[[bytes], object]] = {
    "feedhub": _ours,
    "feedhub, bodies sanitised": _ours_sanitised,
    "feedhub, entries normalised": _ours_normalised,
    "feedparser": _feedparser_default,
    "feedparser, sanitising off": _feedparser_plain,
}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "?")


if __name__ == "__main__":
    sys.exit(main())
