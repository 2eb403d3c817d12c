"""Lists of outputs and of sources as OPML."""

from __future__ import annotations

from dataclasses import replace

import listparser
import pytest
from lxml import etree

from feedhub.generator import opml, opml_behind, opml_sources
from feedhub.model import (
    AllOf,
    Catalogue,
    Category,
    Extraction,
    Feed,
    FeedHead,
    FeedState,
    FeedStatus,
    Match,
    Output,
    Pattern,
    Site,
)
from feedhub.store.telling import told
from tests.sample_stories import OUTPUT, SITE


def test_outputs_are_listed_with_their_best_format() -> None:
    """Each public output is one subscription, Atom before RSS before JSON; private ones are not listed."""
    outputs = [
        OUTPUT,
        replace(OUTPUT, path="hot", title="A & B <c>", description="", formats=("json", "rss")),
        replace(OUTPUT, path="secret", private=True),
        replace(OUTPUT, path="tag/新", title="", formats=("json",)),
    ]
    listed = listparser.parse(opml(outputs, SITE))
    assert not listed.bozo
    assert listed.meta.title == "Sample hub"
    assert [(feed.title, feed.url) for feed in listed.feeds] == [
        ("Python", "https://feeds.example.org/tag/python.atom"),
        ("A & B <c>", "https://feeds.example.org/hot.rss"),
        ("tag/新", "https://feeds.example.org/tag/新.json"),
    ]
    first = etree.fromstring(opml(outputs, SITE, "Other")).find("body/outline")
    assert first is not None
    assert dict(first.attrib) == {
        "type": "rss",
        "text": "Python",
        "title": "Python",
        "description": "All about Python",
        "xmlUrl": "https://feeds.example.org/tag/python.atom",
        "htmlUrl": "https://feeds.example.org/tag/python.html",
    }


STATE = FeedState(feed_id="x", url="")


def status(name: str, title: str, page: str = "") -> FeedStatus:
    """Return what a feed said of itself."""
    state = FeedState(feed_id=name, url="", head=FeedHead(title=title, link=page))
    return FeedStatus(name, "", "news", title, state, None, 0, 0, "up", None, "updated", 200, "", "", ())


def test_sources_are_nested_by_category_with_their_tags() -> None:
    """Categories are folders in order of name, tags the attribute; listparser gives both back."""
    feeds = [
        Feed("zeta", "https://zeta.example/f?a=1&b=2", "news", tags=frozenset({"world", "a,b/c"})),
        Feed("alpha", "https://alpha.example/f", "news", title="Alpha\x00 & co"),
        Feed("py", "https://py.example/f", "code"),
    ]
    said = [status("zeta", "What zeta says", "https://zeta.example/"), status("alpha", "unused")]
    body = opml_sources(feeds, said)
    assert body.count(b"htmlUrl") == body.count(b'htmlUrl="https://zeta.example/"') == 1
    listed = listparser.parse(body)
    assert not listed.bozo
    assert [(feed.url, feed.title, feed.categories, feed.tags) for feed in listed.feeds] == [
        ("https://py.example/f", "https://py.example/f", [["code"]], ["code"]),
        ("https://alpha.example/f", "Alpha & co", [["news"]], ["news"]),
        (
            "https://zeta.example/f?a=1&b=2",
            "What zeta says",
            [["a b c"], ["world"], ["news"]],
            ["a b c", "world", "news"],
        ),
    ]


@pytest.mark.parametrize(
    ("private", "exported"), [(False, "https://x.example/f?key=hush"), (True, "https://x.example/f")]
)
def test_sources_carry_no_credentials(private: bool, exported: str) -> None:
    """User and password are never exported, nor the query of a private feed."""
    body = opml_sources([Feed("x", "https://me:secret@x.example/f?key=hush", "news", private=private)])
    assert [feed.url for feed in listparser.parse(body).feeds] == [exported]
    assert b"secret" not in body


def test_what_is_behind_a_category_can_be_handed_on() -> None:
    """A category's list has its public sources whose address may be told, or those that may name it; `all`
    those of every category."""
    feeds = {
        name: Feed(name, f"https://{name}.example/f{query}", category, private=name == "closed")
        for name, category, query in (
            ("open", "news", "?page=1"),
            ("closed", "news", ""),
            ("personal", "news", "?a=1&access_token=hush"),
            ("py", "code", ""),
        )
    }
    names_them = Extraction("json", "@", (), category="{from}")
    feeds["naming"] = Feed("naming", "https://naming.example/f", "general", extraction=names_them)
    outputs = [
        Output(path, path, kind, AllOf(()))
        for path, kind in (
            ("all", "all"),
            ("category/nouvelles", "category"),
            ("tag/x", "tag"),
            ("hot", "named"),
        )
    ]
    by_name = Match("category", (Pattern("verbatim", "Reuters"),), "Reuters")
    outputs.append(Output("category/reuters", "Reuters", "category", by_name))
    categories = {"news": Category("news", "News", "nouvelles"), "code": Category("code", "Code", "code")}
    catalogue = Catalogue(Site(), feeds, categories, {output.path: output for output in outputs})
    listed = {}
    statuses = [
        replace(status(feed.id, feed.id), shown_url=told("", feed.url, STATE, "", private=feed.private).url)
        for feed in feeds.values()
    ]
    for output in outputs:
        body = opml_behind(output, catalogue, statuses)
        listed[output.path] = body and [feed.url for feed in listparser.parse(body).feeds]
    assert listed == {
        "all": ["https://py.example/f", "https://open.example/f?page=1"],
        "category/nouvelles": ["https://open.example/f?page=1"],
        "tag/x": None,
        "hot": None,
        "category/reuters": ["https://naming.example/f"],
    }
