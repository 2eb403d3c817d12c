"""A news site without a feed: a JSON list of a thousand outlets, and a document for the text of each item."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tests.publisher import Page, Publishers

LIST = "/web/webapi?type=45"
TEXT = "/NewsData/GetNewsText.do?id="
_CITIES = (
    "海港", "河湾", "云岭", "青川", "南屿", "北原", "东岚", "西陵", "白沙", "金滩",
    "石桥", "柳园", "松溪", "梅岭", "竹泉", "兰渡", "枫林", "桂湖", "荷塘", "菊坡",
)  # fmt: skip
_DESKS = ("财经", "证券", "产业", "科技", "能源", "地产", "消费", "农业", "海外", "观察")
_PAPERS = ("日报", "晚报", "晨报", "商报", "周刊")
_MADE = (f"{city}{desk}{paper}" for city in _CITIES for desk in _DESKS for paper in _PAPERS)
OUTLETS = ("21世纪经济报道", *_MADE)[:1000]


def records(count: int, outlets: Sequence[str] = OUTLETS) -> list[dict[str, Any]]:
    """Return list items, the newest first, each of another outlet as far as there are so many."""
    return [
        {
            "infocode": f"NW20261124{number:06}",
            "title": f"{outlets[number % len(outlets)]}：第{number}号工程{number * 37 % 1000}米主梁合龙",
            "from": outlets[number % len(outlets)],
            "showtime": f"2026-11-2{3 - number // 1440} {23 - number // 60 % 24:02}:{59 - number % 60:02}:05",
            "digest": f"　　第{number}号工程今天合龙，比计划早{number % 90}天。",
        }
        for number in range(count)
    ]


def text_of(record: dict[str, Any]) -> str:
    """Return the text behind an item, as editors' systems write it."""
    digest, code = record["digest"].strip(), record["infocode"]
    return f'<p>　　{digest}</p><p>&nbsp;</p><p style="x">　　编号<b>{code}</b>，细节见图。</p>'


class NewsSite:
    """The site on a publisher's host; `listed` may change between polls."""

    def __init__(self, publishers: Publishers, listed: list[dict[str, Any]]) -> None:
        self.publishers = publishers
        self.listed = listed
        for record in listed:
            self.tell(record)
        self.url = self.update()

    def update(self) -> str:
        """Publish the list as it is now; return its address."""
        body = json.dumps(self.listed, ensure_ascii=False).encode()
        return self.publishers.put(Page(body, "application/json;charset=UTF-8"), path=LIST)

    def tell(self, record: dict[str, Any], text: str | None = None) -> None:
        """Publish the text of an item."""
        told = {"text": text_of(record) if text is None else text}
        body = json.dumps(told, ensure_ascii=False).encode()
        self.publishers.put(Page(body, "application/json"), path=f"{TEXT}{record['infocode']}")

    def silence(self, record: dict[str, Any]) -> None:
        """Have the text of an item fail."""
        self.publishers.put(Page(b"", "text/plain", 500), path=f"{TEXT}{record['infocode']}")

    def asked(self) -> list[str]:
        """Return the addresses asked for since the last call."""
        asked = [one.path for one in self.publishers.asked]
        self.publishers.asked.clear()
        return asked


def source(url: str, **changes: Any) -> dict[str, Any]:
    """Return the YAML of the source."""
    return {
        "url": url,
        "id": "news",
        "title": "示例要闻",
        "format": "json",
        "timezone": "Asia/Shanghai",
        "entry": {"id": "infocode", "title": "title", "date": "showtime", "summary": "digest"},
        "category": "{from}",
        "tags": ["{from}新闻"],
        "detail": {"url": f"{TEXT}{{infocode}}", "content": "text", "limit": 1000},
        **changes,
    }
