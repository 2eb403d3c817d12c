"""The shape of the YAML: every key, its type, its meaning. The schema and the README's table come from here.

A key that is not set is None; what then holds is decided where the catalogue is made.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from feedhub.config.chain import Step
from feedhub.config.values import (
    AccessToken,
    DigestTime,
    Duration,
    Encoding,
    FeedId,
    FeedURL,
    FileName,
    Headers,
    HeaderValue,
    Label,
    Many,
    Positive,
    PrivateRange,
    ProxyURL,
    Redirector,
    Size,
    Slug,
    Timezone,
    Username,
    WebURL,
    Whole,
)


def _key(meaning: str, default: str | int | bool | list[str] | None = None, **limits: Any) -> Any:
    """Declare an optional key; `default` is what holds when nothing sets it, for the documentation."""
    shown: dict[str, Any] | None = None if default is None else {"default": default}
    return Field(default=None, description=meaning, json_schema_extra=shown, **limits)


class Strict(BaseModel):
    """A mapping that refuses keys it does not know. Input is never repeated in errors: it may be a secret."""

    model_config = ConfigDict(
        extra="forbid",
        coerce_numbers_to_str=True,
        hide_input_in_errors=True,
        validate_default=False,
        defer_build=True,  # a validator for the file and all in it, not one for each mapping too
    )

    def given(self) -> dict[str, Any]:
        """Return the keys that the file sets to something."""
        return {name: value for name in self.model_fields_set if (value := getattr(self, name)) is not None}


def _switch(value: object) -> object:
    return {"enabled": value} if isinstance(value, bool) or value in ("yes", "no", "on", "off") else value


class Hub(Strict):
    """The hub itself."""

    title: str | None = _key("What the hub is called, on its pages and in the feed of everything", "FeedHub")
    url: WebURL | None = _key(
        "Public address of the outputs; links in them are built on it. Without it: the server's own address",
        "http://127.0.0.1:8000/",
    )
    description: str | None = _key("One sentence about the hub")
    author: str | None = _key("Who runs the hub")
    language: str | None = _key("Language of the outputs, such as en or zh-CN", max_length=35)
    timezone: Timezone | None = _key("For dates without a zone, where a feed has no `timezone`", "UTC")
    data: str | None = _key("Folder of the database and the published files, relative to this file", "data")
    retention: Positive | None = _key("How long the content of entries that no feed lists is kept", "365d")
    hubs: Many[WebURL] | None = _key("WebSub hubs that the outputs name (`rel=hub`)")
    dynamic_outputs: Whole | None = _key(
        "Outputs at most for categories and tags that only entries name: docs/sources.md",
        5000,
        ge=0,
        le=100_000,
    )


class Server(Strict):
    """Where the outputs are served."""

    host: str | None = _key("Address to listen on; 0.0.0.0 for every network", "127.0.0.1", min_length=1)
    port: Whole | None = _key("Port to listen on", 8000, ge=1, le=65535)
    queries: bool | None = _key("Answer `?q=title:rust&limit=20` on every feed: docs/serving.md", True)
    deltas: bool | None = _key("Send only what is new to readers that ask for it (RFC 3229)", True)


class Pages(Strict):
    """The pages that people look at."""

    remote_images: bool | None = _key(
        "Show stories' pictures, which browsers then fetch from their publishers; without it they are links",
        False,
    )


class Request(Strict):
    """How a feed is asked for. Under `fetch` for all; under `defaults`, a category or a feed for some."""

    timeout: Positive | None = _key(
        "Time one feed may take in all, redirects included; 2m at most", "25s", le=timedelta(minutes=2)
    )
    connect_timeout: Positive | None = _key("Time to connect", "5s")
    read_timeout: Positive | None = _key("Time without a byte", "10s")
    max_bytes: Size | None = _key("Largest feed, decompressed", "20MB")
    max_header_bytes: Size | None = _key("Largest response header", "64KiB")
    max_redirects: Whole | None = _key("Redirects followed", 5, ge=0, le=20)
    max_entries: Whole | None = _key("Entries taken of one feed, the newest", 1000, ge=1, le=100_000)
    user_agent: HeaderValue | None = _key("User-Agent header", "FeedHub/VERSION (+hub.url)", min_length=1)
    accept: HeaderValue | None = _key("Accept header, for servers that insist", min_length=1)
    headers: Headers | None = _key("More request headers, added to those of the level above")
    proxy: ProxyURL | None = _key("Proxy, as http://host:port; a password may be in it")
    verify: bool | None = _key("Check the server's certificate", True)
    ca_file: str | None = _key("File with certificate authorities to trust instead, relative to this file")
    client_cert: Many[str] | None = _key(
        "Client certificate: one PEM file, or certificate and key, relative to this file",
        min_length=1,
        max_length=2,
    )
    allow_private: Many[PrivateRange] | None = _key(
        "Private addresses or networks that may be asked, with :port if wanted; added to the level above"
    )


class Fetch(Request):
    """How feeds are asked for, and how many at a time."""

    workers: Whole | None = _key("Feeds asked at the same time", 16, ge=1, le=1000)
    processes: Whole | None = _key(
        "Processes that share the work; 0: none but the daemon; not given: from 100 feeds, one a spare core",
        None,
        ge=0,
        le=256,
    )
    per_host: Whole | None = _key("Feeds asked at the same time of one host", 2, ge=1, le=100)
    spacing: Duration | None = _key("Pause between requests to one domain", "1s")
    private_pace: bool | None = _key(
        "Hold each private host to `spacing` and the pace of a public domain; else to `per_host` alone",
        False,
    )


class Dates(Strict):
    """Dates that cannot be right."""

    future: Literal["clamp", "ignore"] | None = _key(
        "A date in the future: `clamp` to when it was first seen, or `ignore` it", "clamp"
    )


class Moves(Strict):
    """When a permanent redirect is believed; the feed must be readable where it leads, each time."""

    polls: Whole | None = _key("Seen by so many polls ...", 3, ge=1, le=1000)
    after: Duration | None = _key("... over so long", "3d")


class Links(Strict):
    """Which links lead to one page, and where redirectors' links lead."""

    enabled: bool | None = _key(
        "Fold what selects no page (scheme, www, AMP and mobile forms, tracking parameters) and publish the "
        "publisher's own link for a redirector's",
        True,
    )
    strip: Many[str] | None = _key("Query parameters that select no page, besides those known")
    keep: Many[str] | None = _key("Query parameters that do select one, though they pass for tracking")
    unwrap: dict[Redirector, Many[str] | None] | None = _key(
        "Redirectors besides those known: a host, or host and path, and the parameters that may hold the "
        "target (none: it stands in the path)"
    )


LinksOrSwitch = Annotated[Links, BeforeValidator(_switch, json_schema_input_type=bool | Links)]


class Polling(Request):
    """What `defaults` gives to categories and a category to its feeds."""

    enabled: bool | None = _key("Poll at all", True)
    interval: Positive | None = _key("Time between polls", "30m")
    min_interval: Positive | None = _key("Shortest interval that `adaptive` may choose", "15m")
    max_interval: Positive | None = _key(
        "Longest interval, by `adaptive`, by back-off or as the server wishes", "1d"
    )
    adaptive: bool | None = _key("Follow the feed's own rhythm between the two", False)
    throttle_scope: Literal["feed", "host", "domain"] | None = _key(
        "Who waits when a server names a time to come back: the `feed`, all feeds of its `host` or `domain`; "
        "on private hosts always the feed",
        "host",
    )
    moves: Moves | None = _key("When a permanent redirect is believed and the feed asked for there")
    timezone: Timezone | None = _key("For the feed's dates without a zone; without it `hub.timezone`")
    encoding: Encoding | None = _key("Character encoding, where the feed lies about it")
    identity: Literal["auto", "guid", "link", "title"] | None = _key(
        "What tells the feed's entries apart", "auto"
    )
    dates: Dates | None = _key("What to make of dates that cannot be right")
    canonical_links: LinksOrSwitch | None = _key(
        "How one page's links are known; false: as the feed has them. Lists are added to the level above"
    )
    initial_items: Whole | None = _key(
        "Of a feed seen for the first time, entries that outputs show; the rest is stored",
        20,
        ge=0,
        le=100_000,
    )
    public: bool | None = _key(
        "Whether public outputs may show it; without the key: unless it has credentials"
    )
    steps: Many[Step] | None = _key("What is done to its new entries, in order: docs/steps.md")


class Auth(Strict):
    """Credentials: `username` and `password`, or `bearer`; secrets from the environment or a file."""

    username: str | None = _key("User name for basic authentication", min_length=1)
    password: str | None = Field(default=None, description="Its password, best as ${VARIABLE}", repr=False)
    password_file: str | None = _key("File that holds the password, relative to this file")
    bearer: str | None = Field(default=None, description="Bearer token, best as ${VARIABLE}", repr=False)
    bearer_file: str | None = _key("File that holds the bearer token, relative to this file")

    @model_validator(mode="after")
    def one_way(self) -> Auth:
        given = self.model_fields_set
        if {"password", "password_file"} <= given or {"bearer", "bearer_file"} <= given:
            raise ValueError("the secret or the file that holds it, not both")
        basic, bearer = given & {"username", "password", "password_file"}, given & {"bearer", "bearer_file"}
        if basic and bearer:
            raise ValueError("either username and password, or bearer, not both")
        if not basic and not bearer:
            raise ValueError("username and password, or bearer, are missing")
        if basic and "username" not in given:
            raise ValueError("username is missing")
        return self


class Secured(Polling):
    """What a category or a feed may hold besides: whatever only one publisher may see."""

    auth: Auth | None = _key("Credentials; they never leave for another host")
    cookies: dict[str, HeaderValue] | None = Field(
        default=None, description="Cookies to send, by name", repr=False
    )
    cookies_file: str | None = _key("File with one name=value cookie a line, relative to this file")


Condition = Annotated[
    object, WithJsonSchema({"title": "condition", "anyOf": [{"type": "object"}, {"type": "string"}]})
]
From = Annotated[
    object,
    WithJsonSchema(
        {
            "title": "condition",
            "anyOf": [{"type": "object"}, {"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        }
    ),
]


Expression = Annotated[str, Field(min_length=1, max_length=1000)]


class Set(Strict):
    """What a rule puts in the place of an entry's own; {title}, {feed_title} and the like are filled in."""

    title: str | None = _key("Title, such as '{feed_title}: {title}'")
    link: str | None = _key("Link, such as 'https://read.example.org/{link}'")
    category: Label | None = _key("Category that its story is merged and published in, as it stands")


class Rule(Strict):
    """What to do with the entries that a condition holds for: docs/rules.md has the order."""

    when: Condition = Field(description="Condition on entries")
    tag: Many[Label] | None = _key("Tag or tags to give; each is published")
    tags: Many[Label] | None = _key("The same as `tag`")
    untag: Many[Label] | None = _key("Tag or tags to take away, whoever gave them")
    set: Set | None = _key("What to put in the place of its title, link or category")
    drop: bool | None = _key("Leave the entry out of every output; no further rule is asked", False)
    stop: bool | None = _key("Ask no further rule about it", False)
    name: str | None = _key("What `feedhub explain` calls it", min_length=1, max_length=100)

    @model_validator(mode="after")
    def does_something(self) -> Rule:
        if not (self.tag or self.tags or self.untag or self.set or self.drop or self.stop):
            raise ValueError("this rule does nothing: give it tag, untag, set, drop or stop")
        return self


class Ruled(Secured):
    """What a category or a feed does with its entries, before the rules for all."""

    keep: Condition | None = _key("Condition on the entries to take; the others are dropped")
    drop: Condition | None = _key("Condition on entries to drop")
    rules: Many[Rule | None] | None = _key("Rules for its entries alone; they come before those for all")


class Entry(Strict):
    """Where in an item its fields are: docs/sources.md has the expressions and templates."""

    title: Expression | None = _key("Title; without one the beginning of the text")
    link: Expression | None = _key("Address of its page; relative ones are made absolute")
    id: Expression | None = _key("What never changes about it; without it the link")
    date: Expression | None = _key("When it was published; in the feed's `timezone` if it names none")
    updated: Expression | None = _key("When it was changed")
    summary: Expression | None = _key("Short text, HTML or plain")
    content: Expression | None = _key("Whole text, HTML or plain")
    authors: Expression | None = _key("Names of its authors")
    categories: Expression | None = _key("The publisher's own categories, for `tags.map`")
    image: Expression | None = _key("Address of its picture")
    enclosure: Expression | None = _key("Address of a file that belongs to it")
    language: Expression | None = _key("Language, such as en or zh-CN")
    date_format: str | None = _key(
        "How dates are written, such as '%d.%m.%Y %H:%M'; without it they are recognised", min_length=1
    )


class Detail(Entry):
    """The document that tells more of one entry, asked for once when it is new."""

    url: str | None = _key(
        "Its address, such as '/news/text?id={code}'; without it the entry's link, on the same host",
        min_length=1,
    )
    format: Literal["json", "html"] | None = _key("What it is; without it as the list")
    limit: Whole | None = _key("Requests at most in one poll, the newest entries' first", 100, ge=1, le=1000)


def _bare_url(value: object) -> object:
    return {"url": value} if isinstance(value, str) else value


class Feed(Ruled):
    """One source; a bare address will do."""

    url: FeedURL = Field(
        description="Address of the feed; https://user:password@host/ becomes credentials", repr=False
    )
    id: FeedId | None = _key("Its name in commands and in `prefer`; without it made from the address")
    title: str | None = _key("Shown instead of the feed's own title")
    category: Label | None = _key("Its category, where it is not listed under one", "general")
    tags: Many[Label] | None = _key("Tags of all its entries, added to the category's")
    format: Literal["feed", "json", "html"] | None = _key(
        "What stands at the address; `json` and `html` are lists that `entry` describes: docs/sources.md",
        "feed",
    )
    items: Expression | None = _key(
        "Where the list is: JMESPath, or the CSS selector of an item; without it JSON is a list itself"
    )
    entry: Entry | None = _key("Where in an item its fields are")
    detail: Detail | None = _key("Where its text is, if not in the list")


FeedOrURL = Annotated[Feed, BeforeValidator(_bare_url, json_schema_input_type=str | Feed)]


class Duplicates(Strict):
    """How the same story is found in several feeds of a category."""

    enabled: bool | None = _key("Merge duplicates", True)
    window: Positive | None = _key("How far apart two copies may be", "3d")
    near: bool | None = _key("Find reworked copies too, not only equal ones", True)
    prefer: Many[FeedId] | None = _key("Ids of feeds whose copy is shown, best first")
    scope: Literal["category", "all", "feed"] | None = _key(
        "Where copies are looked for: in the category, in all categories with `scope: all` together, or in "
        "each feed alone",
        "category",
    )


DuplicatesOrSwitch = Annotated[Duplicates, BeforeValidator(_switch, json_schema_input_type=bool | Duplicates)]


def _feeds_only(value: object) -> object:
    return {} if value is None else {"feeds": value} if isinstance(value, list) else value


class Category(Ruled):
    """A subject: duplicates are merged inside it, and it is published. Settings here hold for its feeds."""

    title: str | None = _key("Shown title; without it the category's name")
    slug: Slug | None = _key("Its name in addresses; without it made from the name")
    tags: Many[Label] | None = _key("Tags of all its feeds' entries")
    duplicates: DuplicatesOrSwitch | None = _key("How duplicates are merged; false: not at all")
    feeds: Many[FeedOrURL | None] | None = _key("Its feeds: addresses, or mappings with `url`")


CategoryOrFeeds = Annotated[
    Category, BeforeValidator(_feeds_only, json_schema_input_type=Category | list[FeedOrURL] | None)
]


class OutputSettings(Strict):
    """How outputs are written."""

    formats: Many[Literal["atom", "rss", "json"]] | None = _key(
        "What is written: atom, rss, json", ["atom", "rss", "json"], min_length=1
    )
    limit: Whole | None = _key("Items at most, after filtering and merging", 100, ge=1, le=10_000)
    per_feed_limit: Whole | None = _key(
        "Items of one feed at most, so that a fast one does not crowd out the others; a story counts for the "
        "feed whose copy is shown",
        ge=1,
        le=10_000,
    )
    initial_items: Whole | None = _key(
        "Of what is dated before the output was first declared, items at most; without it `limit` alone",
        ge=0,
        le=10_000,
    )
    max_age: Positive | None = _key("Oldest item; without it no bound")
    min_sources: Whole | None = _key("Only stories that so many feeds carry", 1, ge=1, le=1000)
    order: Literal["published", "sources"] | None = _key("Newest first, or most sources first", "published")
    update_policy: Literal["silent", "republish", "never"] | None = _key(
        "An item whose content changes is replaced (`silent`), comes to readers as new (`republish`), or "
        "stays as it was first published (`never`)",
        "silent",
    )
    content: Literal["full", "summary", "none"] | None = _key("How much of each item", "full")
    also_in: bool | None = _key("Name the other sources below each item", True)


class Login(Strict):
    """Who may read a private output, instead of a token: name and password, by basic authentication."""

    username: Username = Field(description="User name")
    password: str | None = Field(
        default=None, min_length=1, description="Password, best as ${VARIABLE}", repr=False
    )
    password_file: str | None = _key("File that holds the password, relative to this file")

    @model_validator(mode="after")
    def one_password(self) -> Login:
        if len({"password", "password_file"} & self.model_fields_set) != 1:
            raise ValueError("a password or a password_file is wanted, one of them")
        return self


class Output(OutputSettings):
    """A feed to publish; `tag/NAME`, `category/NAME` and `all` refine those that are there anyway."""

    title: str | None = _key("Title of the published feed")
    description: str | None = _key("One sentence about it")
    from_: From | None = Field(
        default=None, alias="from", description="Condition on stories; or just names of tags and categories"
    )
    keep: Condition | None = _key("Condition on stories that must hold besides")
    drop: Condition | None = _key("Condition on stories to leave out of this output")
    slug: Slug | None = _key("Its name in addresses; without it made from the key")
    private: bool | None = _key(
        "Not listed, may show feeds that are not public, and is read by who has its token: docs/serving.md",
        False,
    )
    token: AccessToken | None = Field(
        default=None,
        description="What opens it if it is private, best as ${VARIABLE}; without it one is made, "
        "`feedhub rotate --show` tells it",
        repr=False,
    )
    token_file: str | None = _key("File that holds the token, relative to this file")
    auth: Login | None = _key("User name and password that open it, instead of a token")
    steps: Many[Step] | None = _key("What is done to its items when it is built, in order: docs/steps.md")
    digest: DigestTime | None = _key(
        "One item for all of a period instead of each: `daily at 07:00`, `weekly on monday at 07:00`, in "
        "`hub.timezone`"
    )
    archive: bool | None = _key(
        "Keep all that it has ever had on pages that its feeds lead to (RFC 5005), for those who come late",
        False,
    )
    dropped: bool | None = _key(
        "Publish what it leaves out too, each item with the reason, beside it as NAME.dropped", False
    )
    enabled: bool | None = _key("Publish at all", True)


class Defaults(Polling):
    """What every category and feed, and every output, inherits."""

    duplicates: DuplicatesOrSwitch | None = _key("How duplicates are merged in every category")
    outputs: OutputSettings | None = _key("What every output inherits")


class Corrections(Strict):
    """What the merger got wrong. An entry is named `FEED/KEY`, as `feedhub explain` shows it, or by `FEED/`
    and its link or guid."""

    split: Many[str] | None = _key("Entries that stand alone: each a story of its own for good")
    merge: list[Many[str]] | None = _key("Lists of entries whose stories are one")


class Jekyll(Strict):
    """Posts for a Jekyll site: docs/static-site.md."""

    dir: str = Field(description="Folder of the site's source, relative to this file", min_length=1)
    archive_after: Positive | None = _key("Age from which posts lie in the archive; without it never")
    archive: FileName | None = _key("Folder of the archive, in `dir`", "_archive")
    layout: FileName | None = _key("Layout of posts", "post")
    latest: Whole | None = _key("Posts of each tag on the front page", 5, ge=1, le=1000)
    feeds: bool | None = _key("Write the feeds there too", True)


class Exporters(Strict):
    """Where copies of what is published go, after each publishing."""

    jekyll: Jekyll | None = _key("Posts and pages for a Jekyll site")


def _all_or_none(value: object) -> object:
    return {True: "all", False: "none"}.get(value, value) if isinstance(value, bool) else value


class Tags(Strict):
    """Tags from the publishers' own categories."""

    map: dict[str, Many[Label] | None] | None = _key(
        "A publisher's category and the tag or tags it stands for (none: it is ignored), in any spelling"
    )
    from_entries: (
        Annotated[
            Literal["none", "mapped", "all"],
            BeforeValidator(_all_or_none, json_schema_input_type=Literal["none", "mapped", "all"] | bool),
        ]
        | None
    ) = _key(
        "Which of them become tags: `none`, those in `map`, or `all` (those not in it are published by no "
        "output of their own); without the key: `mapped` if there is a `map`"
    )


class File(Strict):
    """The configuration of a hub; an included file has the same shape. Keys that begin with x- are yours."""

    hub: Hub | None = _key("The hub itself")
    storage: str | None = _key(
        "`sqlite`, kept under `data`, or sqlite:///FILE, relative to this file", default="sqlite"
    )
    server: Server | None = _key("Where the outputs are served")
    pages: Pages | None = _key("The pages that people look at")
    fetch: Fetch | None = _key("How feeds are asked for")
    defaults: Defaults | None = _key("What every category, feed and output inherits")
    categories: dict[Label, CategoryOrFeeds] | None = _key("Categories by name, with their feeds")
    feeds: Many[FeedOrURL | None] | None = _key("Feeds that name their category themselves")
    rules: Many[Rule | None] | None = _key("Rules for the entries of every feed, in order")
    tags: Tags | None = _key("Tags from the publishers' own categories")
    outputs: dict[str, Output | None] | None = _key(
        "Feeds to publish besides the automatic ones: every tag, every category, and `all`"
    )
    exporters: Exporters | None = _key("Where copies of what is published go")
    corrections: Corrections | None = _key("Stories taken apart or put together by hand, for good")
    include: Many[str] | None = _key("More YAML or OPML files, relative to this file; * stands for any name")
