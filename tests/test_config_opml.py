"""OPML: other readers' lists in, hostile ones too."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from feedhub import config
from feedhub.config import OpmlError, OpmlFeed, import_opml, opml_yaml, read_opml
from feedhub.errors import ConfigError
from feedhub.generator import opml_sources
from feedhub.model import Feed

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "opml"


def opml(*outlines: str, encoding: str = "UTF-8") -> bytes:
    head = (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<opml version="2.0"><head><title>Mine</title></head>'
    )
    return f"{head}<body>{''.join(outlines)}</body></opml>".encode(encoding)


def feed(url: str, title: str = "T") -> str:
    return f'<outline type="rss" text="{title}" xmlUrl="{url}"/>'


def folder(name: str, *inside: str) -> str:
    return f'<outline text="{name}">{"".join(inside)}</outline>'


def test_folders_become_category_and_tags() -> None:
    """The outermost folder is the category, those inside it are tags."""
    found = read_opml(
        opml(
            feed("https://a.org/"),
            folder(
                "News",
                feed("https://b.org/", "B &amp; b"),
                folder("World", folder("Asia", feed("https://c.org/"))),
            ),
        )
    )
    assert found.title == "Mine"
    assert found.feeds == (
        OpmlFeed("https://a.org/", "T", "", ()),
        OpmlFeed("https://b.org/", "B & b", "News", ()),
        OpmlFeed("https://c.org/", "T", "News", ("World", "Asia")),
    )


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK", "GB2312", "UTF-16", "windows-1251"])
def test_titles_survive_the_encoding_that_a_list_declares(encoding: str) -> None:
    """Titles and folders are read by the declared encoding or the byte order mark."""
    title = "Новости" if encoding == "windows-1251" else "财经新闻"
    [found] = read_opml(opml(folder(title, feed("https://a.org/", title)), encoding=encoding)).feeds
    assert (found.title, found.category) == (title, title)


def test_an_unescaped_ampersand_is_part_of_the_address() -> None:
    """Lists written by hand have bare ampersands; the address keeps all its parameters."""
    [found] = read_opml(opml(feed("https://a.org/?id=1&copy=2&lang=en&amp;x=3"))).feeds
    assert found.url == "https://a.org/?id=1&copy=2&lang=en&x=3"


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "exec:rm -rf",
        "|cmd",
        "javascript:alert(1)",
        "gopher://a/",
        "data:,x",
        "http:///x",
    ],
)
def test_only_web_addresses_come_out(url: str) -> None:
    """What is no http or https address is left out, and said so without repeating it."""
    found = read_opml(opml(feed(url, "Bad"), feed("https://a.org/")))
    assert [item.url for item in found.feeds] == ["https://a.org/"]
    [skipped] = found.skipped
    assert skipped.startswith("Bad is left out")
    assert "passwd" not in skipped


def test_entity_bombs_stay_small() -> None:
    """No entity of a document type is expanded, neither nested nor external."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    raw = (
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol"><!ENTITY f SYSTEM "file:///etc/passwd">{entities}]>'
        '<opml version="2.0"><body><outline text="&l11;&f;" xmlUrl="https://a.org/"/></body></opml>'
    ).encode()
    started = time.process_time()
    [found] = read_opml(raw).feeds
    assert len(found.title) < 50
    assert "root" not in found.title
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "no OPML"),
        (b"<html><body>hello</body></html>", "no OPML"),
        (opml(*['<outline text="a">'] * 100_000), "deeper than 32"),
        (b" " * 16_000_001, "larger than 16 MB"),
    ],
)
def test_what_is_no_list_is_refused(raw: bytes, message: str) -> None:
    """A page, an empty file, a tower of folders and a giant are one sentence each."""
    with pytest.raises(OpmlError, match=message):
        read_opml(raw)


def test_an_import_is_yaml_that_loads(tmp_path: Path) -> None:
    """A thousand feeds become a file under conf.d, which loads once the main file includes it."""
    outlines = [
        folder(
            f"Folder: {n % 7}",
            folder(f"#{n % 3}", feed(f"https://a{n}.org/?x=${{Y}}&amp;n={n}", f"- Feed «{n}»: 'x'")),
        )
        for n in range(1000)
    ]
    main = tmp_path / "feedhub.yaml"
    main.write_text("include: conf.d/*.yaml\n")
    found = read_opml(opml(*outlines))
    assert len(found.feeds) == 1000
    written = import_opml(found.feeds, "My Subscriptions.opml", main)
    assert written == tmp_path / "conf.d" / "my-subscriptions.yaml"
    loaded = config.load(main, {})
    assert len(loaded.catalogue.feeds) == 1000
    assert loaded.warnings == ()
    first = next(item for item in loaded.catalogue.feeds.values() if item.host == "a0.org")
    assert (first.title, first.category, first.tags) == ("- Feed «0»: 'x'", "Folder: 0", {"#0"})


def test_an_import_never_overwrites(tmp_path: Path) -> None:
    """Importing twice writes two files."""
    feeds = read_opml(opml(feed("https://a.org/"))).feeds
    first = import_opml(feeds, "list.opml", tmp_path / "feedhub.yaml")
    second = import_opml(feeds, "list.opml", tmp_path / "feedhub.yaml")
    assert (first.name, second.name) == ("list.yaml", "list-2.yaml")


def test_the_origin_of_an_import_cannot_break_its_comment() -> None:
    """A file name with a line break stays one line of comment."""
    assert list(yaml.safe_load(opml_yaml((OpmlFeed("https://a.org/", "", "", ()),), "x\nstorage: evil"))) == [
        "categories"
    ]


def test_a_broken_included_list_is_a_mistake_of_that_file(tmp_path: Path) -> None:
    """An include that is no OPML is named."""
    (tmp_path / "feedhub.yaml").write_text("include: [a.opml]\n")
    (tmp_path / "a.opml").write_text("<html></html>")
    with pytest.raises(ConfigError, match=r"a\.opml: this is no OPML"):
        config.load(tmp_path / "feedhub.yaml", {})


def test_real_lists_are_read_whole(tmp_path: Path) -> None:
    """Every address of the 160 lists of the corpus arrives, and what they become loads without a mistake."""
    lists = sorted(path for path in CORPUS.glob("*") if path.suffix in (".opml", ".xml"))
    if not lists:
        pytest.skip(f"no corpus of subscription lists at {CORPUS}")
    known = (CORPUS / "ALL_FEED_URLS.txt").read_text("utf-8").split()
    found = [item for path in lists for item in read_opml(path.read_bytes()).feeds]
    assert {url.replace("feed://", "http://") for url in known} <= {item.url for item in found}
    main = tmp_path / "feedhub.yaml"
    main.write_text("include: conf.d/*.yaml\n")
    import_opml(tuple(found), "all.opml", main)
    listed = config.load(main, {}).catalogue.feeds.values()
    assert {config.feed_key(item.url) for item in found} == {config.feed_key(item.url) for item in listed}


def test_a_feed_in_two_folders_keeps_both() -> None:
    """The first folder is the category, the other a tag; OPML's own categories are folders where there are
    none, its own tags count anywhere."""
    both = feed("https://a.org/")
    own = '<outline text="T" xmlUrl="https://b.org/" category="/Boston/Weather,spring"/>'
    found = read_opml(opml(folder("News", both, own.replace("b.org", "c.org")), folder("Tech", both), own))
    assert [(item.url, item.category, item.tags) for item in found.feeds] == [
        ("https://a.org/", "News", ("Tech",)),
        ("https://c.org/", "News", ("spring",)),
        ("https://b.org/", "Boston", ("Weather", "spring")),
    ]


def test_a_feed_that_broken_quotes_hide_is_found() -> None:
    """A description with bare quotes costs itself, not its feed; what cannot be mended is reported."""
    said = 'description="he <a href="https://x.org">said</a>"'
    broken = f'<outline text="T &amp; U" {said} xmlUrl="https://a.org/f?a&amp;b"/>'
    found = read_opml(opml(folder("News", feed("https://a.org/f?a"), broken), feed("https://b.org/")))
    assert [(item.url, item.title, item.category) for item in found.feeds] == [
        ("https://a.org/f?a", "T", "News"),
        ("https://a.org/f?a&b", "T & U", "News"),
        ("https://b.org/", "T", ""),
    ]
    assert found.skipped == ()
    comment = b'<!-- <outline xmlUrl="https://d.org/"/> -->'
    beyond = read_opml(opml(feed("https://b.org/")) + comment + b'<outline x="" xmlUrl="https://c.org/"')
    assert beyond.skipped == ("a feed of c.org is left out: the quotes in its line are broken",)


def test_what_is_exported_is_imported_again() -> None:
    """Categories, titles and tags of our own export come back; an address with a password does not leave."""
    feeds = [
        Feed("a", "https://a.org/", "News & co", title="A", tags=frozenset({"x", "y z"})),
        Feed("b", "https://u:p@b.org/", "Tech"),
    ]
    assert read_opml(opml_sources(feeds)).feeds == (
        OpmlFeed("https://a.org/", "A", "News & co", ("x", "y z")),
        OpmlFeed("https://b.org/", "https://b.org/", "Tech", ()),
    )
