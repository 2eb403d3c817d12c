"""Where each page lies, relative to the site: the same at the hub and as a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_STORY = re.compile(r"story/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.html")
_DAY = re.compile(r"(.+)/((?:19|2\d)\d{2}-\d{2}-\d{2})(?:\.([1-9]\d{0,3}))?\.html")


def story_path(id: str) -> str:
    """Return where a story's page lies; `id` is its `urn:uuid:`."""
    return f"story/{id.removeprefix('urn:uuid:')}.html"


def story_id(path: str) -> str:
    """Return the id of the story whose page lies at a path; empty if no story's page does."""
    found = _STORY.fullmatch(path)
    return f"urn:uuid:{found[1]}" if found else ""


def day_path(output: str, day: date, part: int = 1) -> str:
    """Return where an output's page of one day lies; a day of very many stories has more than one."""
    return f"{output}/{day.isoformat()}{'' if part == 1 else f'.{part}'}.html"


@dataclass(frozen=True, slots=True)
class DayPage:
    """A page of one day of an output, by its path."""

    output: str
    day: date
    part: int


def day_of(path: str) -> DayPage | None:
    """Return the output, day and part that `day_path` made a path of; None if it is no such path."""
    found = _DAY.fullmatch(path)
    if not found or found[3] == "1":
        return None
    try:
        return DayPage(found[1], date.fromisoformat(found[2]), int(found[3] or 1))
    except ValueError:
        return None


def qr_path(document: str) -> str:
    """Return where the code of a feed's address lies: `tag/python.atom` gives `tag/python.atom.svg`."""
    return f"{document}.svg"


def root_of(path: str) -> str:
    """Return the relative way from a page to the site's root: `tag/x.html` gives `../`."""
    return "../" * path.count("/")
