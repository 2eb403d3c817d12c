"""The configuration in the form the rooms work with: every default applied, every reference resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from feedhub.model.access import Access
from feedhub.model.extraction import Extraction


@dataclass(frozen=True, slots=True)
class Pattern:
    """What one value of a condition asks for, as plain data: it travels to worker processes.

    `kind` is `substring`, `prefix` or `exact` (`value` is folded, as is the text it is held against),
    `verbatim` (the text as it is), `any` (whatever the field holds) or `regex` (`value` is an RE2 expression
    with its flags inside, and the text is taken as it is; `guest` is the same, bounded tighter).
    """

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Match:
    """One test of one field: any of `patterns` in any of the field's values."""

    field: str
    patterns: tuple[Pattern, ...]
    text: str
    """The patterns as the YAML has them, for `explain`."""


@dataclass(frozen=True, slots=True)
class Within:
    """One test of one number: at least `low` and less than `high`; None is no bound.

    `field` is `words` or `sources` (counts), `published` (seconds since 1970 UTC) or `age` (seconds).
    """

    field: str
    low: float | None
    high: float | None
    text: str
    """The bounds as the YAML has them, for `explain`."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds; an empty one holds always."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds; an empty one never does."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition


Condition = Match | Within | AllOf | AnyOf | Not


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. When the condition holds: `untag` is taken away, `tags` are given, `set` puts a text in the
    place of a field (`title` or `link` by a template, `category` as it stands), then `drop` or `stop` ends
    the rules for this entry."""

    name: str
    when: Condition
    tags: frozenset[str] = frozenset()
    drop: bool = False
    untag: frozenset[str] = frozenset()
    set: tuple[tuple[str, str], ...] = ()
    stop: bool = False


@dataclass(frozen=True, slots=True)
class TermTags:
    """How the publishers' own categories become tags. `names` maps a folded term to its tags (none: it gives
    none); with `others` a term that is not in it is a tag itself."""

    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    others: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one fetch. Times in seconds, sizes in bytes; `max_bytes` counts decoded bytes."""

    connect_s: float = 5.0
    read_s: float = 10.0
    total_s: float = 25.0
    max_bytes: int = 20_000_000
    max_header_bytes: int = 65_536
    max_redirects: int = 5
    max_entries: int = 1000


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """How one feed is asked for; secrets are in clear here and never leave for another origin or a log.

    `allow_private` are addresses or networks, each with an optional `:port`. `verify` False turns TLS
    verification off, `ca_file` and `client_cert` are paths, `proxy` a URL.
    """

    user_agent: str = ""
    accept: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    bearer: str = field(default="", repr=False)
    cookies: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    proxy: str = field(default="", repr=False)
    verify: bool = True
    ca_file: str = ""
    client_cert: tuple[str, ...] = ()
    allow_private: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class LinkPolicy:
    """How links are folded for matching, and led back to the publisher's own.

    `canonical` False: they stay as the feed has them. `strip` are query parameters that select no page,
    besides the known ones, `keep` known ones that do; in small letters. `unwrap` are redirectors: a host, or
    host and path, with the parameters that may carry the target (none: it stands in the path).
    """

    canonical: bool = True
    strip: frozenset[str] = frozenset()
    keep: frozenset[str] = frozenset()
    unwrap: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class StepSpec:
    """One step of a chain as written: what to use, and its options by name, in order."""

    use: str
    options: tuple[tuple[str, str | int | float | bool | tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """One source with its settings. `domain` is the registrable domain that shares one budget, empty for
    private hosts; `host` the host name. `throttle_scope` is `feed`, `host` or `domain`: who waits with it
    for a Retry-After. A permanent redirect is believed after `moved_polls` polls over `moved_after`.
    `timezone` is for dates without a zone. `place` is `file:line`."""

    id: str
    url: str
    category: str
    title: str = ""
    tags: frozenset[str] = frozenset()
    interval: timedelta = timedelta(minutes=30)
    min_interval: timedelta = timedelta(minutes=15)
    max_interval: timedelta = timedelta(days=1)
    adaptive: bool = False
    host: str = ""
    domain: str = ""
    throttle_scope: str = "host"
    moved_polls: int = 3
    moved_after: timedelta = timedelta(days=3)
    timezone: str = "UTC"
    encoding: str = ""
    identity: str = "auto"
    future_dates: str = "clamp"
    links: LinkPolicy = field(default_factory=LinkPolicy)
    initial_items: int = 20
    private: bool = False
    steps: tuple[StepSpec, ...] = ()
    extraction: Extraction | None = None
    """How entries are found in what is no feed; None: it is one."""
    fetch: FetchOptions = field(default_factory=FetchOptions)
    place: str = ""
    rules: tuple[Rule, ...] = ()
    """What this feed's entries go through before the rules for all: its own filters and its category's,
    its own rules and its category's."""


@dataclass(frozen=True, slots=True)
class DuplicatePolicy:
    """How duplicates are found in a category: how far back, by likeness too, whose copy wins.

    `prefer` lists feed ids, best first. `scope` is where they are looked for: in the `category`, in `all`
    categories that say so together, or in each `feed` alone.
    """

    enabled: bool = True
    window: timedelta = timedelta(days=3)
    near: bool = True
    prefer: tuple[str, ...] = ()
    scope: str = "category"


@dataclass(frozen=True, slots=True)
class Category:
    """One space in which duplicates are merged."""

    name: str
    title: str
    slug: str
    duplicates: DuplicatePolicy = field(default_factory=DuplicatePolicy)


@dataclass(frozen=True, slots=True)
class Digest:
    """When an output that has an item a period is due: every day, or every `weekday` (Monday is 0), at a time
    of day in a zone of the tz database."""

    hour: int
    minute: int
    weekday: int | None = None
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Output:
    """One published feed. `path` has no suffix and no leading slash: `tag/python`, `all`, `hot-news`."""

    path: str
    title: str
    kind: str
    """`all`, `tag`, `category` or `named`; `dropped` for what another one leaves out."""
    where: Condition
    description: str = ""
    formats: tuple[str, ...] = ("atom", "rss", "json")
    limit: int = 100
    per_feed_limit: int | None = None
    """How many of a feed's items; a story counts for the feed whose copy is shown."""
    initial_items: int | None = None
    """How many of those dated before the output was first declared."""
    max_age: timedelta | None = None
    min_sources: int = 1
    order: str = "published"
    update_policy: str = "silent"
    """What becomes of an item whose content changes: it is replaced, comes as new, or stays as it was."""
    content: str = "full"
    also_in: bool = True
    private: bool = False
    access: Access = field(default_factory=Access)
    steps: tuple[StepSpec, ...] = ()
    digest: Digest | None = None
    """Its items are digests of its stories, one a period."""
    archive: bool = False
    """Whether all that it has ever had can be read page by page (RFC 5005 section 4)."""
    dropped_from: Condition | None = None
    """Where this is what another output leaves out: what that one chooses from. Of it this one has what rules
    dropped; `where` holds for what the other's own filters drop."""

    @property
    def listed(self) -> bool:
        """Whether it is shown to everyone on lists of outputs."""
        return not self.private and self.dropped_from is None


@dataclass(frozen=True, slots=True)
class Naming:
    """How categories and tags are published that entries name and nothing declares.

    `sources` are the feeds that do so, paused ones too, each with what its entries name: `category`, `tag`.
    `limit` is how many names may have an output. Such an output is as `output` but for path, title, kind and
    condition, such a category merges by `duplicates`. `declared` has the names that are declared, folded, by
    kind: they are not among these.
    """

    sources: Mapping[str, frozenset[str]] = field(default_factory=dict)
    limit: int = 0
    output: Output = Output(path="", title="", kind="", where=AllOf(()))
    duplicates: DuplicatePolicy = DuplicatePolicy()
    declared: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Site:
    """The hub itself. `url` ends in a slash and is what the outputs' links are built on."""

    title: str = "FeedHub"
    url: str = "http://127.0.0.1:8000/"
    description: str = ""
    author: str = ""
    language: str = ""
    hubs: tuple[str, ...] = ()
    timezone: str = "UTC"
    """Whose days and hours pages go by."""
    remote_images: bool = False
    """Whether pages may have a browser fetch pictures from publishers."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything the YAML says about feeds, rules and outputs, resolved. Keys are ids, names and paths."""

    site: Site
    feeds: Mapping[str, Feed]
    categories: Mapping[str, Category]
    outputs: Mapping[str, Output]
    rules: tuple[Rule, ...] = ()
    terms: TermTags = field(default_factory=TermTags)
    naming: Naming = field(default_factory=Naming)
    per_host: int = 2
    spacing: timedelta = timedelta(seconds=1)
    retention: timedelta = timedelta(days=365)
    splits: tuple[str, ...] = ()
    """Entries that stand alone, by name: `FEED/` and the key, link or guid."""
    merges: tuple[tuple[str, ...], ...] = ()
    """Entries whose stories are one, by name."""
    queries: bool = True
    """Whether feeds are searched when they are asked for with a query."""
    deltas: bool = True
    """Whether who has an earlier edition of a feed gets what is new alone."""
