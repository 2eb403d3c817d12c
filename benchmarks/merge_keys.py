"""What merging costs: microseconds per entry for `keys`, and per decision for `decide`.

    python benchmarks/merge_keys.py [FOLDER]

FOLDER holds feed documents (default: the corpus beside the project). Entries are spread over one category in
the order they are read; the index is a dict that hands out the newest candidates of a key, as a store does.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, quantiles
from time import perf_counter

from feedhub.errors import ParseError
from feedhub.merger import LOOKUP_KINDS, Candidate, Join, Repair, decide, keys, story_id
from feedhub.model import DuplicatePolicy, Entry, Feed
from feedhub.normalize import normalize
from feedhub.parser import parse

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "real"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PER_KEY = 32
MAX_ENTRIES = 8000


def main() -> None:
    """Print the figures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else CORPUS
    entries = read(folder)
    known: dict[tuple[str, str], list[int]] = defaultdict(list)
    stories: list[tuple[str, Entry]] = []
    key_us, decide_us, numbers, joined = [], [], [], 0
    for plain in entries:
        start = perf_counter()
        entry = replace(plain, match_keys=keys(plain))
        key_us.append((perf_counter() - start) * 1e6)
        lookups = [pair for pair in entry.match_keys if pair[0] in LOOKUP_KINDS]
        found = sorted({place for pair in lookups for place in known[pair][-PER_KEY:]}, reverse=True)
        candidates = [Candidate(*stories[place]) for place in found]
        numbers.append(len(found))
        start = perf_counter()
        decision = decide(entry, candidates, DuplicatePolicy(), NOW)
        decide_us.append((perf_counter() - start) * 1e6)
        joined += isinstance(decision, Join)
        story = decision.story_id if isinstance(decision, Join | Repair) else story_id(entry)
        for pair in lookups:
            known[pair].append(len(stories))
        stories.append((story, entry))
    print(f"{len(entries)} entries, {joined} joined a story")
    for name, values in (("keys us", key_us), ("decide us", decide_us), ("candidates", numbers)):
        cuts = quantiles(values, n=100)
        print(f"{name:12} mean {mean(values):8.1f}  median {cuts[49]:8.1f}  p99 {cuts[98]:8.1f}")


def read(folder: Path) -> list[Entry]:
    """Return the entries of every document in a folder, to the limit."""
    entries: list[Entry] = []
    for path in sorted(folder.iterdir()):
        feed = Feed(id=path.name, url=f"https://{len(entries)}.example/feed", category="c")
        try:
            parsed = parse(path.read_bytes(), url=feed.url)
        except ParseError:
            continue
        entries += normalize(parsed, feed, {}, NOW).entries
        if len(entries) > MAX_ENTRIES:
            break
    return entries[:MAX_ENTRIES]


if __name__ == "__main__":
    main()
