"""One source: a feed, or a list in JSON or on a web page."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from feedhub.config.models.rule import Ruled
from feedhub.config.models.strict import Strict, key
from feedhub.config.values import FeedId, FeedURL, Label, Many, Whole

Expression = Annotated[str, Field(min_length=1, max_length=1000)]


class Entry(Strict):
    """Where in an item its fields are: docs/sources.md has the expressions and templates."""

    title: Expression | None = key("Title; without one the beginning of the text")
    link: Expression | None = key("Address of its page; relative ones are made absolute")
    id: Expression | None = key("What never changes about it; without it the link")
    date: Expression | None = key("When it was published; in the feed's `timezone` if it names none")
    updated: Expression | None = key("When it was changed")
    summary: Expression | None = key("Short text, HTML or plain")
    content: Expression | None = key("Whole text, HTML or plain")
    authors: Expression | None = key("Names of its authors")
    categories: Expression | None = key("The publisher's own categories, for `tags.map`")
    image: Expression | None = key("Address of its picture")
    enclosure: Expression | None = key("Address of a file that belongs to it")
    language: Expression | None = key("Language, such as en or zh-CN")
    date_format: str | None = key(
        "How dates are written, such as '%d.%m.%Y %H:%M'; without it they are recognised", min_length=1
    )


class Detail(Entry):
    """The document that tells more of one entry, asked for once when it is new."""

    url: str | None = key(
        "Its address, such as '/news/text?id={code}'; without it the entry's link, on the same host",
        min_length=1,
    )
    format: Literal["json", "html"] | None = key("What it is; without it as the list")
    limit: Whole | None = key("Requests at most in one poll, the newest entries' first", 100, ge=1, le=1000)


def _bare_url(value: object) -> object:
    return {"url": value} if isinstance(value, str) else value


class Feed(Ruled):
    """One source; a bare address will do."""

    url: FeedURL = Field(
        description="Address of the feed; https://user:password@host/ becomes credentials", repr=False
    )
    id: FeedId | None = key("Its name in commands and in `prefer`; without it made from the address")
    title: str | None = key("Shown instead of the feed's own title")
    category: Label | None = key("Its category, where it is not listed under one", "general")
    tags: Many[Label] | None = key("Tags of all its entries, added to the category's")
    format: Literal["feed", "json", "html"] | None = key(
        "What stands at the address; `json` and `html` are lists that `entry` describes: docs/sources.md",
        "feed",
    )
    items: Expression | None = key(
        "Where the list is: JMESPath, or the CSS selector of an item; without it JSON is a list itself"
    )
    entry: Entry | None = key("Where in an item its fields are")
    detail: Detail | None = key("Where its text is, if not in the list")


FeedOrURL = Annotated[Feed, BeforeValidator(_bare_url, json_schema_input_type=str | Feed)]
