"""Time parsing real feeds: ours against feedparser with and without its sanitising.

    python benchmarks/parse.py [FOLDER] [--every N]

Prints milliseconds a feed (median and mean over the feeds, each the best of its repeats) and the ratios, with
the machine and the versions they were measured on.
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
from pathlib import Path

import feedparser
import lxml.etree
import nh3

from feedhub.errors import ParseError
from feedhub.parser import parse

_REPEATS = 3
CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "real"


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", nargs="?", type=Path, default=CORPUS)
    arguments.add_argument("--every", type=int, default=1, metavar="N", help="take one feed in N")
    chosen = arguments.parse_args()
    if not chosen.folder.is_dir():
        print(f"no corpus at {chosen.folder}", file=sys.stderr)
        return 1
    warnings.simplefilter("ignore")
    bodies = _bodies(chosen.folder)[:: chosen.every]
    ways: dict[str, Callable[[bytes], object]] = {
        "feedhub": _ours,
        "feedhub + nh3 of every entry": _ours_sanitised,
        "feedparser, default": _feedparser_default,
        "feedparser, sanitising off": _feedparser_plain,
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for body in bodies:  # side by side, so that a busy moment of the machine hits every way
        for name, way in ways.items():
            times[name].append(_best(way, body))
    print(
        f"{len(bodies)} feeds, {sum(map(len, bodies)) / 1e6:.1f} MB; Python {platform.python_version()}, "
        f"lxml {lxml.etree.__version__}, feedparser {feedparser.__version__}, {_processor()}"
    )
    print(f"{'':32}{'median ms':>10}{'mean ms':>10}{'ratio of medians':>18}{'of means':>10}")
    ours = times["feedhub"]
    for name, taken in times.items():
        print(
            f"{name:32}{statistics.median(taken) * 1e3:10.2f}{statistics.fmean(taken) * 1e3:10.2f}"
            f"{statistics.median(taken) / statistics.median(ours):18.1f}"
            f"{statistics.fmean(taken) / statistics.fmean(ours):10.1f}"
        )
    return 0


def _bodies(folder: Path) -> list[bytes]:
    """Return the XML feeds of a folder; feedparser reads no JSON Feed."""
    bodies = [path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix not in (".tsv", ".json")]
    return [body for body in bodies if not body.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{")]


def _best(way: Callable[[bytes], object], body: bytes) -> float:
    taken = []
    for _ in range(_REPEATS):
        start = time.perf_counter()
        way(body)
        taken.append(time.perf_counter() - start)
    return min(taken)


def _ours(body: bytes) -> object:
    try:
        return parse(body)
    except ParseError as error:
        return error


def _ours_sanitised(body: bytes) -> object:
    feed = parse(body)
    return [(nh3.clean(entry.content), nh3.clean(entry.summary)) for entry in feed.entries]


def _feedparser_default(body: bytes) -> object:
    return feedparser.parse(io.BytesIO(body))


def _feedparser_plain(body: bytes) -> object:
    return feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "?")


if __name__ == "__main__":
    sys.exit(main())
