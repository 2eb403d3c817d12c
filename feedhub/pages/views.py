"""What templates are given: plain text throughout, escaped by the template, but for a story's content."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from feedhub.model import Output


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One feed's part in a story. `link` is empty unless it is http or https."""

    title: str
    link: str
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoryLine:
    """A story in a list. `page` is where its own page lies (empty: it has none), `link` where its publisher
    has it. `body` is the whole of what has no page of its own, safe HTML.

    `image` is an address at a publisher's, empty unless the hub may show such. `dropped` is why another
    output leaves it out.
    """

    id: str
    page: str
    title: str
    link: str
    excerpt: str
    language: str
    source: SourceLine | None
    also_in: tuple[SourceLine, ...]
    tags: tuple[str, ...]
    image: str
    published_at: datetime
    ordered_at: datetime
    body: Markup = field(default_factory=Markup)
    dropped: str = ""


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file of a story; `kind` is Audio, Video, Image or File, `about` its type, length, size."""

    link: str
    title: str
    kind: str
    about: str


@dataclass(frozen=True, slots=True)
class Home:
    """An output that lists a story: its page, and the feed to subscribe to with its format."""

    title: str
    page: str
    feed: str
    format: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A link to another story at its publisher's."""

    title: str
    link: str


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story's page. `content` is safe HTML; empty where the outputs that list the story publish none.

    `homes` are the outputs that list it, its category's first.
    """

    line: StoryLine
    content: Markup
    authors: tuple[str, ...]
    files: tuple[FileLine, ...]
    homes: tuple[Home, ...]
    related: tuple[Reference, ...]
    updated_at: datetime | None
    """When the text changed after it was published, if it did."""
    comments: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """An output on the front page, with its newest stories."""

    output: Output
    newest: tuple[StoryLine, ...]


@dataclass(frozen=True, slots=True)
class Hits:
    """A page of what a search found. `within` is the output it was confined to; `total` is the least there
    is if there are `more`. `indexed` False: some stories are not in the search yet."""

    asked: str
    best_first: bool
    within: Output | None
    page: int
    pages: int
    lines: tuple[StoryLine, ...] = ()
    total: int = 0
    more: bool = False
    indexed: bool = True


@dataclass(frozen=True, slots=True)
class Days:
    """Some stories of an output, and where those before and after lie: paths, empty where there are none.

    `day` is None for the newest. `part` counts the pages of one day.
    """

    lines: tuple[StoryLine, ...]
    day: date | None = None
    part: int = 1
    newer: str = ""
    older: str = ""


@dataclass(frozen=True, slots=True)
class TaskState:
    """One of the hub's recurring tasks: when it last came to an end, and the kind of error if it
    failed then; what it says may name files, and stays in the log."""

    name: str
    ended_at: datetime | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class HubState:
    """How the hub itself fares; `started_at` None: only the server runs here. `mistakes` are those of an
    edited configuration that was not taken over."""

    feeds: int
    outputs: int
    started_at: datetime | None = None
    tasks: tuple[TaskState, ...] = ()
    mistakes: int = 0

    @property
    def ok(self) -> bool:
        """Whether no task failed the last time."""
        return not any(task.error for task in self.tasks)

    def as_json(self) -> dict[str, object]:
        """Return it as JSON's types."""
        return {"ok": self.ok, **json_ready(self)}


def json_ready(value: Any) -> Any:
    """Return a view as JSON's types: instants as ISO 8601 text."""
    if is_dataclass(value):
        return {field.name: json_ready(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [json_ready(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value
