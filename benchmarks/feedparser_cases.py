"""Score our parser on feedparser's own published test cases, folder by folder.

    python benchmarks/feedparser_cases.py CLONE [--show]

CLONE is a checkout of feedparser. Each case is a document whose first comment holds an expression that must
be true of the result; it is read by a small interpreter over the syntax tree, never evaluated as code. A case
that asks for what our types do not keep (textInput, cloud, a category's scheme, …) is counted apart. Cases of
sanitising and of relative links are judged by the cleaned texts, and by what cleaning leaves of the expected
ones: their classes, styles and the like are never published.
"""

from __future__ import annotations

import argparse
import ast
import operator
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from feedhub.errors import ParseError
from feedhub.model import Chapter, ParsedFeed, Person, Place, RawEntry
from feedhub.normalize.html import Sanitiser
from feedhub.parser import parse

_EXPECT = re.compile(r"Expect:\s*(.*?)\s*-->", re.DOTALL)
_HEADER = re.compile(r"^Header:\s*([^:\s]+):\s*(.*?)\s*$", re.MULTILINE)
_CHARSETS = ("utf-8", "utf-16", "utf-32", "cp037")

_SERVER = "http://127.0.0.1:8097/"
"""Where feedparser's own run of the cases serves them."""
_PUBLISHED = frozenset(("base", "sanitize"))
"""The folders whose cases are about what is done to a text after it was read."""

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.Gt: operator.gt,
    ast.Is: lambda left, right: left == right,
    ast.IsNot: lambda left, right: left != right,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}


class NotKept(Exception):
    """The case asks for something that our types do not hold."""


class Unreadable(Exception):
    """The expression is beyond the interpreter's grammar."""


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("clone", type=Path)
    arguments.add_argument("--show", action="store_true", help="name the cases that fail")
    chosen = arguments.parse_args()
    tests = chosen.clone / "tests"
    if not tests.is_dir():
        print(f"no tests in {chosen.clone}", file=sys.stderr)
        return 1
    scores: dict[str, Counter[str]] = {}
    for path in sorted(tests.glob("*formed/**/*.xml")):
        case = _case(path.read_bytes())
        if case is None:
            continue
        verdict, why = _judge(path.read_bytes(), *case, parts=path.parts)
        scores.setdefault(str(path.parent.relative_to(tests)), Counter())[verdict] += 1
        if chosen.show and verdict == "failed":
            print(f"{path.relative_to(tests)}: {case[0]}\n    {why}")
    print(f"{'folder':32}{'right':>7}{'failed':>8}{'not kept':>10}{'unread':>8}")
    total: Counter[str] = Counter()
    for folder, score in scores.items():
        total += score
        _print_score(folder, score)
    _print_score("all", total)
    return 0


def _print_score(name: str, score: Counter[str]) -> None:
    print(f"{name:32}{score['right']:7}{score['failed']:8}{score['not kept']:10}{score['unread']:8}")


def _case(body: bytes) -> tuple[str, dict[str, str]] | None:
    """Return a document's expression and its HTTP headers, None when it has none."""
    for charset in _CHARSETS:
        text = body.decode(charset, "replace")
        if found := _EXPECT.search(text):
            head = text[: found.end()]
            return " ".join(found.group(1).split()), {
                name.lower(): value for name, value in _HEADER.findall(head)
            }
    return None


def _judge(body: bytes, expression: str, headers: dict[str, str], parts: tuple[str, ...]) -> tuple[str, str]:
    url = urljoin(_SERVER + "/".join(parts[parts.index("tests") :]), headers.get("content-location", ""))
    try:
        feed = parse(body, headers.get("content-type"), url)
        if not _PUBLISHED.isdisjoint(parts):
            feed = _published(feed, url)
    except ParseError as error:
        view: dict[str, Any] = {
            "entries": [],
            "feed": {},
            "version": "",
            "encoding": error.reason,
        }
    else:
        view = _as_feedparser(feed)
    view["bozo"] = (
        "illformed" in parts
    )  # our warnings say more; the folder says which cases are meant to be broken
    try:
        tree = ast.parse(expression, mode="eval")
        return ("right" if _value(tree.body, view) else "failed"), str(view)[:300]
    except NotKept as error:
        return "not kept", str(error)
    except (Unreadable, SyntaxError) as error:
        return "unread", str(error)
    except (LookupError, TypeError, AttributeError) as error:
        return "failed", f"{error!r} {str(view)[:300]}"


class _Cleaned(str):
    """A text as our sanitiser leaves it, equal to what comes to the same when it is cleaned."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and str(self) == Sanitiser().clean(other, "html", "")

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def _published(feed: ParsedFeed, url: str) -> ParsedFeed:
    """Return a feed with its texts cleaned, as those of its entries are before they are published."""

    def clean(text: str, kind: str = "html", base: str = url) -> str:
        return _Cleaned(Sanitiser().clean(text, kind, base))

    return replace(
        feed,
        title=clean(feed.title),
        subtitle=clean(feed.subtitle),
        rights=clean(feed.rights),
        entries=tuple(
            replace(
                entry,
                title=clean(entry.title, entry.title_type, entry.base),
                content=clean(entry.content, entry.content_type, entry.base),
                summary=clean(entry.summary, entry.summary_type, entry.base),
            )
            for entry in feed.entries
        ),
    )


class _Kept(dict[str, Any]):
    """A mapping in which what is absent was never kept, unless it is listed as optional."""

    def __missing__(self, key: str) -> Any:
        raise NotKept(key)


def _as_feedparser(feed: ParsedFeed) -> dict[str, Any]:
    about = _Kept(
        title=feed.title,
        link=feed.link,
        subtitle=feed.subtitle,
        description=feed.subtitle,
        tagline=feed.subtitle,
        language=feed.language,
        rights=feed.rights,
        copyright=feed.rights,
        generator=feed.generator,
        tags=[_Kept(term=term) for term in feed.categories],
        category=feed.categories[0] if feed.categories else "",
        updated_parsed=_tuple(feed.updated),
        modified_parsed=_tuple(feed.updated),
        date_parsed=_tuple(feed.updated),
        **_authors(feed.authors),
    )
    for name in ("title", "subtitle", "tagline", "description", "rights", "copyright"):
        about[f"{name}_detail"] = _Kept(value=about[name])
    return {
        "version": feed.format,
        "encoding": feed.encoding,
        "feed": about,
        "channel": about,
        "entries": [_entry(entry) for entry in feed.entries],
    }


def _entry(entry: RawEntry) -> _Kept:
    body = entry.content or entry.summary
    seen = _Kept(
        id=entry.id,
        guid=entry.id,
        link=entry.link,
        title=entry.title,
        title_detail=_Kept(value=entry.title),
        summary=entry.summary or entry.content,
        description=entry.summary or entry.content,
        summary_detail=_Kept(value=entry.summary),
        description_detail=_Kept(value=entry.summary),
        content=[_Kept(value=body, base=entry.base, language=entry.language)],
        comments=entry.comments,
        language=entry.language,
        tags=[_Kept(term=term) for term in entry.categories],
        category=entry.categories[0] if entry.categories else "",
        published_parsed=_tuple(entry.published),
        issued_parsed=_tuple(entry.published),
        created_parsed=_tuple(entry.published),
        updated_parsed=_tuple(entry.updated),
        modified_parsed=_tuple(entry.updated),
        date_parsed=_tuple(entry.updated),
        enclosures=[_Kept(href=one.url, type=one.type, length=str(one.length)) for one in entry.enclosures],
        feedburner_origlink=entry.canonical,
        source=_Kept(title=entry.source_title, href=entry.source_url),
        **_authors(entry.authors),
    )
    if entry.place:
        seen["where"] = _where(entry.place)
    if entry.podcast and entry.podcast.marks:
        seen["psc_chapters"] = _Kept(chapters=[_chapter(mark) for mark in entry.podcast.marks])
    if entry.image:
        seen["media_thumbnail"] = [_Kept(url=entry.image)]
    return seen


def _chapter(mark: Chapter) -> _Kept:
    start = timedelta(milliseconds=mark.start_ms)
    return _Kept(title=mark.title, href=mark.url, image=mark.image, start_parsed=start)


def _where(place: Place) -> _Kept:
    """Return a place as GeoJSON has it, longitude first."""
    pairs = tuple((longitude, latitude) for latitude, longitude in place.points)
    found = {"point": pairs[0], "polygon": (pairs,)}.get(place.shape, pairs)
    names = {"point": "Point", "line": "LineString", "polygon": "Polygon", "box": "Box"}
    return _Kept(type=names[place.shape], coordinates=found)


def _authors(authors: tuple[Person, ...]) -> dict[str, Any]:
    people = [_Kept(name=one.name, email=one.email, href=one.uri, url=one.uri) for one in authors]
    if not people:
        return {}
    last = authors[-1]
    shown = f"{last.name} ({last.email})" if last.name and last.email else last.name or last.email
    return {"authors": people, "author": shown, "author_detail": people[-1]}


def _tuple(moment: datetime | None) -> tuple[int, ...] | None:
    return None if moment is None else tuple(moment.utctimetuple())


def _value(node: ast.expr, view: Mapping[str, Any]) -> Any:
    """Return what an expression means; raises Unreadable for anything but the few forms the cases use."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            if name not in view:
                raise NotKept(name)
            return view[name]
        case ast.Tuple(elts=parts):
            return tuple(_value(part, view) for part in parts)
        case ast.List(elts=parts):
            return [_value(part, view) for part in parts]
        case ast.Dict(keys=keys, values=values):
            return {
                _value(key, view): _value(value, view) for key, value in zip(keys, values, strict=True) if key
            }
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(_value(part, view) for part in parts)
        case ast.BoolOp(op=ast.Or(), values=parts):
            return any(_value(part, view) for part in parts)
        case ast.UnaryOp(op=ast.Not(), operand=part):
            return not _value(part, view)
        case ast.UnaryOp(op=ast.USub(), operand=part):
            return -_value(part, view)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return _value(left, view) + _value(right, view)
        case ast.Subscript(value=owner, slice=index):
            return _value(owner, view)[_value(index, view)]
        case ast.Attribute(value=owner, attr=name):
            return _value(owner, view)[name]
        case ast.Call(func=ast.Attribute(attr="timedelta"), args=parts, keywords=[]):
            return timedelta(*[_value(part, view) for part in parts])
        case ast.Call(func=ast.Name(id="len"), args=[part], keywords=[]):
            return len(_value(part, view))
        case ast.Compare(left=first, ops=ops, comparators=others):
            left = _value(first, view)
            for op, other in zip(ops, others, strict=True):
                right = _value(other, view)
                compare = _COMPARE.get(type(op))
                if compare is None:
                    raise Unreadable(ast.dump(op))
                if not compare(left, right):
                    return False
                left = right
            return True
    raise Unreadable(ast.dump(node)[:80])


if __name__ == "__main__":
    sys.exit(main())
