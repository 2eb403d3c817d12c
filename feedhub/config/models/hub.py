"""The hub itself, where it is served, and its pages."""

from __future__ import annotations

from feedhub.config.models.strict import Strict, key
from feedhub.config.values import Many, Positive, Timezone, WebURL, Whole


class Hub(Strict):
    """The hub itself."""

    title: str | None = key("What the hub is called, on its pages and in the feed of everything", "FeedHub")
    url: WebURL | None = key(
        "Public address of the outputs; links in them are built on it. Without it: the server's own address",
        "http://127.0.0.1:8000/",
    )
    description: str | None = key("One sentence about the hub")
    author: str | None = key("Who runs the hub")
    language: str | None = key("Language of the outputs, such as en or zh-CN", max_length=35)
    timezone: Timezone | None = key("For dates without a zone, where a feed has no `timezone`", "UTC")
    data: str | None = key("Folder of the database and the published files, relative to this file", "data")
    retention: Positive | None = key("How long the content of entries that no feed lists is kept", "365d")
    hubs: Many[WebURL] | None = key("WebSub hubs that the outputs name (`rel=hub`)")
    dynamic_outputs: Whole | None = key(
        "Outputs at most for categories and tags that only entries name: docs/sources.md",
        5000,
        ge=0,
        le=100_000,
    )


class Server(Strict):
    """Where the outputs are served."""

    host: str | None = key("Address to listen on; 0.0.0.0 for every network", "127.0.0.1", min_length=1)
    port: Whole | None = key("Port to listen on", 8000, ge=1, le=65535)
    queries: bool | None = key("Answer `?q=title:rust&limit=20` on every feed: docs/serving.md", True)
    deltas: bool | None = key("Send only what is new to readers that ask for it (RFC 3229)", True)


class Pages(Strict):
    """The pages that people look at."""

    remote_images: bool | None = key(
        "Show stories' pictures, which browsers then fetch from their publishers; without it they are links",
        False,
    )
