"""The whole file: its sections, and what all of them inherit."""

from __future__ import annotations

from feedhub.config.models.category import CategoryOrFeeds, DuplicatesOrSwitch
from feedhub.config.models.exporters import Exporters
from feedhub.config.models.feed import FeedOrURL
from feedhub.config.models.hub import Hub, Pages, Server
from feedhub.config.models.output import Output, OutputSettings
from feedhub.config.models.polling import Polling
from feedhub.config.models.request import Fetch
from feedhub.config.models.rule import Rule
from feedhub.config.models.strict import Strict, key
from feedhub.config.models.tags import Tags
from feedhub.config.values import Label, Many


class Defaults(Polling):
    """What every category and feed, and every output, inherits."""

    duplicates: DuplicatesOrSwitch | None = key("How duplicates are merged in every category")
    outputs: OutputSettings | None = key("What every output inherits")


class Corrections(Strict):
    """What the merger got wrong. An entry is named `FEED/KEY`, as `feedhub explain` shows it, or by `FEED/`
    and its link or guid."""

    split: Many[str] | None = key("Entries that stand alone: each a story of its own for good")
    merge: list[Many[str]] | None = key("Lists of entries whose stories are one")


class File(Strict):
    """The configuration of a hub; an included file has the same shape. Keys that begin with x- are yours."""

    hub: Hub | None = key("The hub itself")
    storage: str | None = key(
        "`sqlite`, kept under `data`, or sqlite:///FILE, relative to this file", default="sqlite"
    )
    server: Server | None = key("Where the outputs are served")
    pages: Pages | None = key("The pages that people look at")
    fetch: Fetch | None = key("How feeds are asked for")
    defaults: Defaults | None = key("What every category, feed and output inherits")
    categories: dict[Label, CategoryOrFeeds] | None = key("Categories by name, with their feeds")
    feeds: Many[FeedOrURL | None] | None = key("Feeds that name their category themselves")
    rules: Many[Rule | None] | None = key("Rules for the entries of every feed, in order")
    tags: Tags | None = key("Tags from the publishers' own categories")
    outputs: dict[str, Output | None] | None = key(
        "Feeds to publish besides the automatic ones: every tag, every category, and `all`"
    )
    exporters: Exporters | None = key("Where copies of what is published go")
    corrections: Corrections | None = key("Stories taken apart or put together by hand, for good")
    include: Many[str] | None = key("More YAML or OPML files, relative to this file; * stands for any name")
