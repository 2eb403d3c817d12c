"""Where copies of what is published go."""

from __future__ import annotations

from pydantic import Field

from feedhub.config.models.strict import Strict, key
from feedhub.config.values import FileName, Positive, Whole


class Jekyll(Strict):
    """Posts for a Jekyll site: docs/static-site.md."""

    dir: str = Field(description="Folder of the site's source, relative to this file", min_length=1)
    archive_after: Positive | None = key("Age from which posts lie in the archive; without it never")
    archive: FileName | None = key("Folder of the archive, in `dir`", "_archive")
    layout: FileName | None = key("Layout of posts", "post")
    latest: Whole | None = key("Posts of each tag on the front page", 5, ge=1, le=1000)
    feeds: bool | None = key("Write the feeds there too", True)


class Exporters(Strict):
    """Where copies of what is published go, after each publishing."""

    jekyll: Jekyll | None = key("Posts and pages for a Jekyll site")
