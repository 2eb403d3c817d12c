"""OPML: other readers' lists in, hostile ones too."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from feedhub import config
from feedhub.config import OpmlError, OpmlFeed, import_opml, opml_yaml, read_opml
from feedhub.errors import ConfigError

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
    written, found = import_opml(opml(*outlines), "My Subscriptions.opml", main)
    assert written == tmp_path / "conf.d" / "my-subscriptions.yaml"
    assert len(found.feeds) == 1000
    loaded = config.load(main, {})
    assert len(loaded.catalogue.feeds) == 1000
    assert loaded.warnings == ()
    first = next(item for item in loaded.catalogue.feeds.values() if item.host == "a0.org")
    assert (first.title, first.category, first.tags) == ("- Feed «0»: 'x'", "Folder: 0", {"#0"})


def test_an_import_never_overwrites(tmp_path: Path) -> None:
    """Importing twice writes two files."""
    raw = opml(feed("https://a.org/"))
    first, _ = import_opml(raw, "list.opml", tmp_path / "feedhub.yaml")
    second, _ = import_opml(raw, "list.opml", tmp_path / "feedhub.yaml")
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
    """Every subscription list of the corpus is read, and what it becomes loads without a mistake."""
    lists = sorted(path for path in CORPUS.glob("*") if path.suffix in (".opml", ".xml"))
    if not lists:
        pytest.skip(f"no corpus of subscription lists at {CORPUS}")
    known = set((CORPUS / "ALL_FEED_URLS.txt").read_text("utf-8").split())
    urls: set[str] = set()
    main = tmp_path / "feedhub.yaml"
    main.write_text("include: conf.d/*.yaml\n")
    for path in lists:
        _, found = import_opml(path.read_bytes(), path.name, main)
        urls |= {item.url for item in found.feeds}
    loaded = config.load(main, {})
    assert len(loaded.catalogue.feeds) > 7000
    assert len(known - urls) < len(known) * 0.01


def test_a_feed_in_two_folders_keeps_both() -> None:
    """The first folder is the category, the other a tag; OPML's own categories count outside folders."""
    both = feed("https://a.org/")
    own = '<outline text="T" xmlUrl="https://b.org/" category="/Boston/Weather,/News"/>'
    found = read_opml(opml(folder("News", both, own.replace("b.org", "c.org")), folder("Tech", both), own))
    assert [(item.url, item.category, item.tags) for item in found.feeds] == [
        ("https://a.org/", "News", ("Tech",)),
        ("https://c.org/", "News", ()),
        ("https://b.org/", "Boston", ("Weather", "News")),
    ]


def test_a_feed_that_broken_quotes_hide_is_reported() -> None:
    """An outline whose description has bare quotes cannot be read, and is not lost in silence."""
    broken = (
        '<outline text="T" description="he <a href="https://x.org">said</a>" xmlUrl="https://a.org/feed"/>'
    )
    found = read_opml(opml(broken, feed("https://b.org/")))
    assert [item.url for item in found.feeds] == ["https://b.org/"]
    assert found.skipped == ("a feed of a.org is left out: the quotes in its line are broken",)
