"""Where copies of what is published go, as configured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class JekyllExport:
    """Posts for a Jekyll site in `folder`, an absolute path.

    Posts older than `archive_after` (None: never) lie in its folder `archive`. `latest` is how many of each
    tag the front page lists; `feeds`: the feeds lie there too.
    """

    folder: str
    archive_after: timedelta | None = None
    archive: str = "_archive"
    layout: str = "post"
    latest: int = 5
    feeds: bool = True
