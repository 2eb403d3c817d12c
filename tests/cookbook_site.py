"""The publishers of docs/cookbook.md: small feeds, a page, a list in JSON, written for its recipes."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from email.utils import format_datetime
from html import escape

from tests.times import NOW

STORM = (
    "<p>The harbour master closed three harbours on Monday after waves of nine metres were measured at the "
    "lighthouse; all ferries are cancelled until Wednesday, and the bridge is shut to lorries.</p>"
)
WALK = (
    '<div class="share">Share this</div><p><img src="https://gazette.example/coast.jpg" alt="Coast"/></p>'
    + "".join(
        f"<p>Mile {mile} of the path along the coast leads past a cove that has a name of its own, and a "
        "story that goes with it, which the innkeeper tells to whoever stays for supper.</p>"
        for mile in range(1, 21)
    )
)
ARTICLE = (
    "<html><body><nav>Menu</nav><article>"
    + "".join(
        f"<p>Paragraph {n} of the whole article, with every detail there is to tell.</p>" for n in range(8)
    )
    + "</article></body></html>"
)


def item(
    title: str, hours: float, text: str = "", *, author: str = "", terms: str = "", more: str = ""
) -> str:
    """Return an RSS item so many hours old; `terms` are its categories, with commas between."""
    name = "-".join("".join(char if char.isalnum() else " " for char in title.lower()).split())
    text = text or f"<p>{title}: all there is to say, in its own words.</p>"
    parts = [
        f"<title>{escape(title)}</title><link>https://{{host}}/{escape(name)}</link><guid>{escape(name)}</guid>",
        f"<pubDate>{format_datetime(NOW - timedelta(hours=hours))}</pubDate>",
        f"<description>{escape(text)}</description>",
        f"<dc:creator>{author}</dc:creator>" if author else "",
        *(f"<category>{term}</category>" for term in terms.split(",") if term),
        more,
    ]
    return f"<item>{''.join(parts)}</item>"


def feed(
    host: str, title: str, *items: str, language: str = "en", encoding: str = "utf-8"
) -> tuple[str, bytes]:
    """Return a feed's content type and document."""
    body = "".join(items).replace("{host}", host)
    text = (
        f'<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>{title}</title><link>https://{host}/</link><description>{title}</description>"
        f"<language>{language}</language>{body}</channel></rss>"
    )
    return "application/rss+xml", text.encode(encoding)


AUDIO = '<enclosure url="https://pod.example/12.mp3" type="audio/mpeg" length="1000"/>'
DOCUMENTS = {
    "https://wire.example/rss": feed(
        "wire.example",
        "The Wire",
        item("Storm closes three harbours", 1, STORM, author="Ann Lee", terms="Weather"),
        item("Sponsored: a mattress for life", 3, author="Advertising", terms="Promotion"),
        item("Election: results by midnight", 5, author="Bo Chan", terms="Politics"),
        item("Chess: the champion resigns", 60, author="Bo Chan", terms="Sport"),
    ),
    "https://gazette.example/feed": feed(
        "gazette.example",
        "The Gazette",
        item("Storm closes three harbours", 2, STORM, terms="News"),
        item("A long walk along the coast", 4, WALK, author="Ann Lee", terms="Travel"),
        item("[LIVE] Election night", 6, terms="politics"),
    ),
    "https://courier.example/feed": feed(
        "courier.example",
        "The Courier",
        item("Storm closes three harbours", 2.5, STORM),
        item("Bakery wins a prize", 7),
    ),
    "https://python.example/atom": feed(
        "python.example",
        "Python",
        item("Python 3.15.0 is released", 8, terms="Python3,Releases"),
        item("PyCon: call for proposals", 30, terms="Python3,Events"),
    ),
    "https://rust.example/rss": feed(
        "rust.example",
        "Rust",
        item("Rust 1.95 is released", 9, terms="Rust"),
        item("A guide to lifetimes", 20, terms="Rust,Tutorials"),
    ),
    "https://pod.example/rss": feed(
        "pod.example",
        "Talk",
        item("Episode 12: harbours", 10, more=AUDIO),
        item("We are on holiday", 11),
    ),
    "https://taipei.example/rss": feed(
        "taipei.example",
        "臺北日報",
        item("颱風逼近，港口關閉", 12, "<p>港務局宣布關閉三個港口。</p>"),
        language="zh-TW",
    ),
    "https://old.example/rss": feed(
        "old.example", "老报", item("新闻：港口关闭", 13), language="zh-CN", encoding="gb18030"
    ),
    "https://members.example/rss": feed("members.example", "Members", item("Minutes of the board", 14)),
    "https://agency.example/api/news?type=45": (
        "application/json",
        json.dumps(
            {
                "list": [
                    {"code": "a1", "head": "Harbour dues rise", "time": "2026-11-23 09:00", "from": "Port"},
                    {"code": "a2", "head": "Tea exports fall", "time": "2026-11-23 08:00", "from": "茶报"},
                ]
            }
        ).encode(),
    ),
    "https://agency.example/text/a1": ("application/json", b'{"text": "<p>From January on.</p>"}'),
    "https://agency.example/text/a2": ("application/json", b'{"text": "<p>By a tenth.</p>"}'),
    "https://council.example/news/": (
        "text/html",
        b'<html><body><ul class="news">'
        b'<li><a href="/n/7">New bus lanes</a><time>23 Nov 2026 10:00</time></li>'
        b'<li><a href="/n/6">Library reopens</a><time>22 Nov 2026 10:00</time></li></ul></body></html>',
    ),
    "https://rust.example/a-guide-to-lifetimes": ("text/html", ARTICLE.encode()),
    "https://rust.example/rust-1-95-is-released": ("text/html", ARTICLE.encode()),
}  # fmt: skip

PASSWORD = "tide"
LOCKED = {"https://members.example/rss": base64.b64encode(f"board:{PASSWORD}".encode()).decode()}
