"""A story as a Jekyll post: front matter made by a YAML dumper, a body that neither Liquid nor Markdown reads
as its own. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from feedhub.generator import text
from feedhub.model import Category
from feedhub.pages import StoryView

_WIDTH = 1_000_000
_BLANK = re.compile(r"\n(?:[ \t]*\n)+")


def post_name(view: StoryView, zone: ZoneInfo) -> str:
    """Return a post's file name, `2026-11-24-ID.md`: of the day it was published in a time zone, and the
    story's id. Nothing that a feed says is in it."""
    day = view.line.published_at.astimezone(zone).date()
    return f"{day.isoformat()}-{view.line.id.removeprefix('urn:uuid:')}.md"


def post(view: StoryView, category: Category, layout: str, zone: ZoneInfo) -> bytes:
    """Return a post: front matter, the text, the sources with their addresses, and the ways back."""
    line = view.line
    head = {
        "layout": layout,
        "title": Quoted(line.title),
        "date": line.published_at.astimezone(zone).replace(microsecond=0),
        "categories": category.slug,
        "tags": [Quoted(tag) for tag in line.tags],
    }
    # As plain text from here on: Markup would escape what replaces a brace.
    body = str(view.content) or (f"<p>{text.escaped(line.excerpt)}</p>" if line.excerpt else "")
    sources = [
        f'<li><a href="{text.escaped(one.link)}">{text.escaped(one.title)}</a></li>'
        if one.link
        else f"<li>{text.escaped(one.title)}</li>"
        for one in ((line.source, *line.also_in) if line.source else ())
    ]
    parts = [
        f'<div class="story">\n{inert(body)}\n</div>' if body else "",
        f'<ul class="sources">\n{inert("".join(sources))}\n</ul>' if sources else "",
        f'<p class="back">{_link(f"/category/{category.slug}/", category.title)} {_front()}</p>',
    ]
    return matter(head) + "\n".join(filter(None, parts)).encode() + b"\n"


def category_page(category: Category, formats: Iterable[str]) -> bytes:
    """Return the page of a category, whose posts Jekyll lists, with its feeds in some formats."""
    head = {
        "layout": "default",
        "title": Quoted(text.line(category.title)),
        "permalink": f"/category/{category.slug}/",
    }
    feeds = " ".join(_link(f"/category/{category.slug}.{name}", name) for name in formats)
    return (
        matter(head)
        + (
            "<h1>{{ page.title | escape }}</h1>\n"
            f'<p class="feeds">{feeds} {_front()}</p>\n'
            f"{_posts(f'site.categories[{category.slug!r}]')}"
        ).encode()
    )


def front_page(title: str, latest: int) -> bytes:
    """Return the front page: each tag with its latest posts."""
    head = {"layout": "default", "title": Quoted(text.line(title))}
    return (
        matter(head)
        + (
            "{% assign tags = site.tags | sort %}\n"
            "{% for tag in tags %}\n"
            "<h2>{{ tag[0] | escape }}</h2>\n"
            f"{_posts(f'tag[1] limit: {latest}')}"
            "{% endfor %}\n"
        ).encode()
    )


def inert(markup: str) -> str:
    """Return safe HTML in which Liquid finds nothing to do, and Markdown no end of the HTML.

    A brace is written as a reference. An empty line would end a block of HTML for CommonMark, so a line break
    after another is a reference too: inside `<pre>` it counts.
    """
    markup = markup.replace("\r\n", "\n").replace("\r", "\n").replace("{", "&#123;").replace("}", "&#125;")
    return _BLANK.sub(lambda blank: "\n" + "&#10;" * (blank[0].count("\n") - 1), markup.strip())


class Quoted(str):
    """A text that stands in double quotes whatever it looks like: `:a`, `1:30` and `no` are texts to YAML 1.1
    and to Ruby alike only so."""

    __slots__ = ()


def matter(values: Mapping[str, Any]) -> bytes:
    """Return front matter."""
    head = yaml.dump(dict(values), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDTH)
    return f"---\n{head}---\n".encode()


class _Dumper(yaml.SafeDumper):
    """PyYAML's, with texts in quotes and instants as Jekyll has them: `2026-11-24 09:31:00 +08:00`."""


def _quoted(dumper: yaml.SafeDumper, value: Quoted) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(value), style='"')


def _instant(dumper: yaml.SafeDumper, value: datetime) -> yaml.Node:
    offset = f"{value:%z}"
    written = f"{value:%Y-%m-%d %H:%M:%S} {offset[:3]}:{offset[3:5]}"
    return dumper.represent_scalar("tag:yaml.org,2002:timestamp", written)


_Dumper.add_representer(Quoted, _quoted)
_Dumper.add_representer(datetime, _instant)


def _link(path: str, shown: str) -> str:
    return f"""<a href="{{{{ '{path}' | relative_url }}}}">{inert(text.escaped(text.line(shown)))}</a>"""


def _front() -> str:
    return """<a href="{{ '/' | relative_url }}">{{ site.title | default: 'Front page' | escape }}</a>"""


def _posts(listed: str) -> str:
    return (
        f"<ul>\n{{% for post in {listed} %}}\n"
        '<li><a href="{{ post.url | relative_url }}">{{ post.title | escape }}</a> '
        '<time datetime="{{ post.date | date_to_xmlschema }}">'
        "{{ post.date | date: '%Y-%m-%d %H:%M' }}</time></li>\n"
        "{% endfor %}\n</ul>\n"
    )
