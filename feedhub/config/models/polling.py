"""When a feed is asked for, and how its links, dates and entries are read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from feedhub.config.chain import Step
from feedhub.config.models.request import Auth, Request
from feedhub.config.models.strict import Strict, key, switch
from feedhub.config.values import Duration, Encoding, HeaderValue, Many, Positive, Redirector, Timezone, Whole


class Dates(Strict):
    """Dates that cannot be right."""

    future: Literal["clamp", "ignore"] | None = key(
        "A date in the future: `clamp` to when it was first seen, or `ignore` it", "clamp"
    )


class Moves(Strict):
    """When a permanent redirect is believed; the feed must be readable where it leads, each time."""

    polls: Whole | None = key("Seen by so many polls ...", 3, ge=1, le=1000)
    after: Duration | None = key("... over so long", "3d")


class Links(Strict):
    """Which links lead to one page, and where redirectors' links lead."""

    enabled: bool | None = key(
        "Fold what selects no page (scheme, www, AMP and mobile forms, tracking parameters) and publish the "
        "publisher's own link for a redirector's",
        True,
    )
    strip: Many[str] | None = key("Query parameters that select no page, besides those known")
    keep: Many[str] | None = key("Query parameters that do select one, though they pass for tracking")
    unwrap: dict[Redirector, Many[str] | None] | None = key(
        "Redirectors besides those known: a host, or host and path, and the parameters that may hold the "
        "target (none: it stands in the path)"
    )


LinksOrSwitch = Annotated[Links, BeforeValidator(switch, json_schema_input_type=bool | Links)]


class Polling(Request):
    """What `defaults` gives to categories and a category to its feeds."""

    enabled: bool | None = key("Poll at all", True)
    interval: Positive | None = key("Time between polls", "30m")
    min_interval: Positive | None = key("Shortest interval that `adaptive` may choose", "15m")
    max_interval: Positive | None = key(
        "Longest interval, by `adaptive`, by back-off or as the server wishes", "1d"
    )
    adaptive: bool | None = key("Follow the feed's own rhythm between the two", False)
    throttle_scope: Literal["feed", "host", "domain"] | None = key(
        "Who waits when a server names a time to come back: the `feed`, all feeds of its `host` or `domain`; "
        "on private hosts always the feed",
        "host",
    )
    moves: Moves | None = key("When a permanent redirect is believed and the feed asked for there")
    timezone: Timezone | None = key("For the feed's dates without a zone; without it `hub.timezone`")
    encoding: Encoding | None = key("Character encoding, where the feed lies about it")
    identity: Literal["auto", "guid", "link", "title"] | None = key(
        "What tells the feed's entries apart", "auto"
    )
    dates: Dates | None = key("What to make of dates that cannot be right")
    canonical_links: LinksOrSwitch | None = key(
        "How one page's links are known; false: as the feed has them. Lists are added to the level above"
    )
    initial_items: Whole | None = key(
        "Of a feed seen for the first time, entries that outputs show; the rest is stored",
        20,
        ge=0,
        le=100_000,
    )
    public: bool | None = key(
        "Whether public outputs may show it; without the key: unless it has credentials"
    )
    steps: Many[Step] | None = key("What is done to its new entries, in order: docs/steps.md")


class Secured(Polling):
    """What a category or a feed may hold besides: whatever only one publisher may see."""

    auth: Auth | None = key("Credentials; they never leave for another host")
    cookies: dict[str, HeaderValue] | None = Field(
        default=None, description="Cookies to send, by name", repr=False
    )
    cookies_file: str | None = key("File with one name=value cookie a line, relative to this file")
