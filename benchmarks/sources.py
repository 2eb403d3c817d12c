"""What a poll of a JSON list costs by itself, without the network: 1,000 records of as many outlets.

    python benchmarks/sources.py [RECORDS]

CPU time of one poll in milliseconds, the median of seven, by what has changed since the last one.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from feedhub.model import Claim, Detail, Extraction, Feed, FeedState, Fetched, FetchOutcome, FetchRequest
from feedhub.poller import Poller

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
URL, TEXT = "https://news.example/list", "https://news.example/text?id="
WANTED = Extraction(
    "json",
    "@",
    (("id", "infocode"), ("title", "title"), ("date", "showtime"), ("summary", "digest")),
    category="{from}",
    tags=("{from}新闻",),
    detail=Detail("json", (("content", "text"),), TEXT + "{infocode}", limit=1_000_000),
)
FEED = Feed("news", URL, "general", timezone="Asia/Shanghai", extraction=WANTED)
ROUNDS = 7

Record = Mapping[str, str]


class Site:
    """A publisher that answers at once; `asked` counts the details."""

    def __init__(self) -> None:
        self.body = b"[]"
        self.asked = 0

    def fetch(self, request: FetchRequest, now: datetime) -> FetchOutcome:  # noqa: ARG002 - the port's
        if request.url == URL:
            return Fetched(URL, 200, {}, self.body)
        self.asked += 1
        return Fetched(request.url, 200, {}, '{"text": "<p>　　一。</p><p>　　二。</p>"}'.encode())

    def close(self) -> None:
        """Nothing is open."""


def record(number: int) -> Record:
    return {
        "infocode": f"NW{number:08}",
        "title": f"第{number}号工程今天合龙",
        "from": f"第{number}日报",
        "showtime": f"2026-11-{1 + number % 23:02} {number % 24:02}:{number % 60:02}:05",
        "digest": f"　　第{number}号工程比计划早{number % 90}天合龙。",
    }


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    listed = [record(number) for number in range(count)]
    site = Site()
    poller = Poller(site, (), lambda: NOW, lambda: 0.0, own_url="")
    state = FeedState("news", URL)
    for name, records, rounds in (
        ("first poll", listed, 1),
        ("the same bytes", listed, ROUNDS),
        ("other bytes, nothing new", listed[::-1], ROUNDS),
        ("one new record", [record(count), *listed[:-1]], ROUNDS),
    ):
        site.body, site.asked = json.dumps(records, ensure_ascii=False).encode(), 0
        times = []
        for _ in range(rounds):
            start = time.process_time()
            result = poller.poll(FEED, Claim("news", "t", state))
            times.append((time.process_time() - start) * 1000)
        details = site.asked // rounds
        cost, entries = statistics.median(times), len(result.entries)
        print(f"{name:26} {cost:8.1f} ms {entries:6} entries {details:6} details")
        if rounds == 1:
            state = result.state


if __name__ == "__main__":
    main()
