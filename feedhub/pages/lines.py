"""Stories as the templates are given them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from feedhub.generator import text
from feedhub.model import Enclosure, Output, Source, Story
from feedhub.pages.addresses import story_path
from feedhub.pages.content import page_content
from feedhub.pages.views import FileLine, Home, Reference, SourceLine, StoryLine, StoryView

TITLE_CHARS = 300
NAME_CHARS = 80
EXCERPT_CHARS = 320
EXCERPT_FROM = 4000
"""How much of a long body is parsed for its excerpt."""
TAGS_AT_MOST = 12
AUTHORS_AT_MOST = 12
FILES_AT_MOST = 20
_FULLNESS = ("none", "summary", "full")
_KINDS = {"audio": "Audio", "video": "Video", "image": "Image"}


@dataclass(frozen=True, slots=True)
class Discretion:
    """What is not to be shown: the feeds that are private, and, unless `remote_images`, pictures that a
    browser would fetch from elsewhere."""

    private_feeds: frozenset[str] = frozenset()
    remote_images: bool = False


def story_line(story: Story, discretion: Discretion, content: str = "full") -> StoryLine:
    """Make the line of a story; `content` is how much of it may be shown: full, summary or none."""
    entry = story.entry
    sources = _source_lines(story.sources, discretion.private_feeds)
    body = "" if content == "none" else (entry.summary or entry.content)[:EXCERPT_FROM]
    excerpt = text.excerpt(text.plain(body), EXCERPT_CHARS)
    title = text.excerpt(text.line(entry.title), TITLE_CHARS)
    return StoryLine(
        id=story.id,
        page=story_path(story.id),
        title=title or text.excerpt(excerpt, NAME_CHARS) or "Untitled",
        link=text.address(entry.link),
        excerpt="" if excerpt == title else excerpt,
        language=text.language(entry.language),
        source=sources[0] if sources else None,
        also_in=sources[1:],
        tags=tuple(sorted(story.tags)[:TAGS_AT_MOST]),
        image=text.address(entry.image) if discretion.remote_images else "",
        published_at=story.published_at,
        ordered_at=story.ordered_at,
        dropped=text.line(entry.dropped),
    )


def fullest(outputs: Iterable[Output]) -> str:
    """Return how much of a story may be shown that these outputs list: as much as one of them shows."""
    return max((output.content for output in outputs), key=_FULLNESS.index, default="none")


def story_view(story: Story, homes: Iterable[Output], discretion: Discretion) -> StoryView:
    """Make the page of a story that the outputs `homes` list: it shows as much as the fullest of them."""
    outputs = sorted(homes, key=lambda output: (output.kind != "category", output.kind, output.path))
    content = fullest(outputs)
    entry = story.entry
    line = story_line(story, discretion, content)
    body = {"full": entry.content or entry.summary, "summary": entry.summary or line.excerpt, "none": ""}
    files = entry.enclosures if content != "none" else ()
    return StoryView(
        line=line,
        content=page_content(body[content], remote_images=discretion.remote_images),
        authors=_authors(story),
        files=tuple(filter(None, map(_file_line, files[:FILES_AT_MOST]))),
        homes=tuple(map(_home, outputs)),
        related=tuple(
            Reference(text.excerpt(text.line(one.title), TITLE_CHARS), text.address(one.link))
            for one in story.see_also
            if text.address(one.link)
        ),
        updated_at=story.updated_at if story.updated_at > story.published_at else None,
        comments=text.address(entry.comments),
    )


def _home(output: Output) -> Home:
    feed = f"{output.path}.{output.formats[0]}"
    return Home(output.title, f"{output.path}.html", feed, output.formats[0])


def _source_lines(sources: Iterable[Source], hidden: Collection[str]) -> tuple[SourceLine, ...]:
    lines: dict[str, SourceLine] = {}
    for source in sources:
        if source.feed_id not in hidden:
            title = text.excerpt(text.line(source.feed_title), NAME_CHARS) or source.feed_id
            at = source.published_at or source.first_seen_at
            lines.setdefault(source.feed_id, SourceLine(title, text.address(source.link), at))
    return tuple(lines.values())


def _authors(story: Story) -> tuple[str, ...]:
    names = (text.excerpt(text.line(person.name), NAME_CHARS) for person in story.entry.authors)
    return tuple(dict.fromkeys(filter(None, names)))[:AUTHORS_AT_MOST]


def _file_line(file: Enclosure) -> FileLine | None:
    link = text.address(file.url)
    if not link:
        return None
    media_type = text.media_type(file.type, link)
    size = f"{file.length / 1_000_000:.1f} MB" if file.length and file.length > 50_000 else ""
    length = f"{file.duration_s // 60}:{file.duration_s % 60:02}" if file.duration_s else ""
    return FileLine(
        link=link,
        title=text.excerpt(text.line(file.title), NAME_CHARS),
        kind=_KINDS.get(media_type.partition("/")[0], "File"),
        about=", ".join(filter(None, (media_type, length, size))),
    )
