"""Kill a poll at random moments and see that nothing is lost and nothing doubled.

    python benchmarks/kill.py [--feeds 200] [--kills 20] [--seed 1]

For each kill a fresh hub polls so many feeds on loopback with the real command and is killed by SIGKILL at a
random moment of it; `feedhub poll` is then run again, as one would after a power cut. What it publishes must
equal what an undisturbed hub does: the same items with the same dates, tags and sources in every output.
Prints a line a kill, and how many times each feed was asked in all.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.command import Workplace
from tests.feeds import Item, numbered, rss
from tests.publisher import Publishers

ENTRIES = 10
SHARED = "https://origin.example/story"


def main() -> int:
    options = arguments()
    chance = random.Random(options.seed)
    publishers = Publishers()
    config = configuration(publishers, options.feeds)
    with tempfile.TemporaryDirectory() as folder:
        undisturbed, took_s = polled(Path(folder) / "undisturbed", config)
        expected = published(undisturbed)
        items = len(expected["all"])
        print(f"undisturbed: {options.feeds} feeds, {items} items in {took_s:.1f} s; seed {options.seed}")
        wrong = 0
        for kill in range(1, options.kills + 1):
            publishers.asked.clear()
            work = place(Path(folder) / f"kill-{kill}", config)
            after_s = chance.uniform(0, took_s)
            began = killed(work, after_s)
            asked = len(publishers.asked)
            files = len(work.files()) if work.public.exists() else 0
            work.run("poll", timeout=600)
            same = published(work) == expected
            wrong += not same
            times = dict(sorted(Counter(Counter(one.host for one in publishers.asked).values()).items()))
            print(
                f"kill {kill:2}: after {began:5.2f} s, {asked:3} feeds asked, {files:2} files there: "
                f"{'the same' if same else 'DIFFERENT'}; feeds by times asked {times}",
                flush=True,
            )
    publishers.close()
    print(f"{options.kills - wrong} of {options.kills} ended as the undisturbed one")
    return 1 if wrong else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def configuration(publishers: Publishers, count: int) -> dict[str, Any]:
    """Publish feeds, every fourth of which tells one story that others tell too, and return the YAML."""
    feeds = []
    for number in range(count):
        items = list(numbered(ENTRIES, f"f{number}"))
        if number % 4 == 0:
            items.append(Item(f"shared-{number}", "One story", "<p>Told by many.</p>", SHARED, hours=0.5))
        url = publishers.put(rss(*items, title=f"Feed {number}"), f"127.5.{number // 250}.{number % 250 + 1}")
        feeds.append({"id": f"f{number}", "url": url, "category": f"c{number % 5}", "tags": f"t{number % 3}"})
    return {"feeds": feeds, "defaults": {"outputs": {"limit": 10_000}}}


def place(folder: Path, config: dict[str, Any]) -> Workplace:
    folder.mkdir()
    work = Workplace(folder)
    work.configure(config)
    return work


def polled(folder: Path, config: dict[str, Any]) -> tuple[Workplace, float]:
    """Poll undisturbed; return the hub and how many seconds it took."""
    work = place(folder, config)
    began = time.monotonic()
    work.run("poll", timeout=600)
    return work, time.monotonic() - began


def killed(work: Workplace, after_s: float) -> float:
    """Start a poll and kill it; return after how many seconds that was."""
    began = time.monotonic()
    poll = work.start("poll", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(after_s)
    os.kill(poll.pid, signal.SIGKILL)
    poll.wait()
    return time.monotonic() - began


def published(work: Workplace) -> dict[str, Any]:
    """Return what readers see of every output, and the files' names.

    The winner of a shared story is whichever feed came first, so of its sources the set counts.
    """
    outputs = sorted(path.removesuffix(".json") for path in work.files() if path.endswith(".json"))
    return {
        "files": sorted(work.files()),
        **{path: sorted(item_of(item) for item in work.items(path)) for path in outputs},
    }


def item_of(item: dict[str, Any]) -> tuple[object, ...]:
    """Return what must be the same of an item, whichever of its feeds was polled first."""
    sources = sorted(source["feed"] for source in item["_feedhub"]["sources"])
    name = item["title"] if len(sources) > 1 else item["id"]
    return (name, item["date_published"], sources, sorted(item["_feedhub"]["tags"]))


if __name__ == "__main__":
    sys.exit(main())
