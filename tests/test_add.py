"""`feedhub add` and `remove`: subscriptions in the YAML, put in and taken out by command."""

from __future__ import annotations

import os
import pty
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from feedhub import config
from feedhub.cli.editing import alone, save
from feedhub.config import CannotAddError, Subscription, add_feed, find_listing
from feedhub.errors import UsageError
from tests.command import FEEDHUB, Workplace, clean_environment
from tests.feeds import Item, rss
from tests.publisher import Page, Publishers

LOCAL = "fetch: {allow_private: [127.0.0.0/8]}   # for tests\n"


@pytest.fixture
def work(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def page(*links: str) -> Page:
    head = "".join(f'<link rel="alternate" type="application/rss+xml" {link}>' for link in links)
    return Page(f"<html><head>{head}</head><body>hello</body></html>".encode(), "text/html")


def test_a_feed_is_found_and_added_to_its_category(work: Workplace, publishers: Publishers) -> None:
    """By its own address, by the link of its page, or where feeds commonly lie; nothing else changes. A
    category is known in any case."""
    direct = publishers.put(rss(Item("a"), title="Direct"), "127.0.0.2")
    home = publishers.put(page('href="/two.xml" title="Two"'), "127.0.0.3", "/")
    publishers.put(rss(Item("b"), title="Linked"), "127.0.0.3", "/two.xml")
    bare = publishers.put(page(), "127.0.0.4", "/blog/")
    publishers.put(rss(Item("c"), title="Common"), "127.0.0.4", "/blog/atom.xml")
    before = f"# my feeds\n{LOCAL}categories:\n  news:\n    title: News   # shown\n    feeds: []\n"
    work.file.write_text(before)
    assert "Added Direct to" in work.run("add", direct, "--category", "News", "--tag", "x", "--id", "one")
    assert "Added Linked to" in work.run("add", home)
    assert "Added Common to" in work.run("add", bare, "--category", "new")
    text = work.file.read_text()
    assert text == before.replace(
        "feeds: []\n",
        f"feeds: [{{id: one, url: '{direct}', tags: [x]}}]\n  new:\n    feeds:\n      - {bare}atom.xml\n"
        f"feeds:\n  - {home}two.xml\n".replace("'", ""),
    )
    assert [asked.path for asked in publishers.asked if asked.host == "127.0.0.3"] == ["/", "/two.xml"]
    work.run("add", direct.replace("http:", "https:") + "/", code=1)
    assert "listed already, in" in work.stderr
    assert ":6" in work.stderr
    assert work.file.read_text() == text


def test_several_feeds_are_listed_or_asked_about(work: Workplace, publishers: Publishers) -> None:
    """Without a terminal they are listed; on one the person chooses; --yes takes the first. Where all are
    listed already nobody is asked."""
    home = publishers.put(page('href="/a.xml" title="All"', 'href="/b.xml" title="B\x1b[2J"'), path="/")
    for name in "ab":
        publishers.put(rss(Item(name), title=f"Feed {name}"), path=f"/{name}.xml")
    work.file.write_text(LOCAL)
    work.run("add", home, code=1)
    assert f"1  {home}a.xml  All" in work.stderr
    assert "\x1b" not in work.stderr
    assert work.file.read_text() == LOCAL
    assert on_a_terminal(work, ["add", home], "7\n2\n") == 0
    assert work.file.read_text() == f"{LOCAL}feeds:\n  - {home}b.xml\n"
    assert "Feed a" in work.run("add", home, "--yes")
    assert on_a_terminal(work, ["add", home], "1\n") == 1


def on_a_terminal(work: Workplace, arguments: list[str], typed: str) -> int:
    """Run the command on a terminal of its own, where something is typed; return its exit code."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*FEEDHUB, "-c", str(work.file), *arguments],
        stdin=theirs, stdout=theirs, stderr=theirs, env=clean_environment(), cwd=work.folder,
    )  # fmt: skip
    os.close(theirs)
    os.write(ours, typed.encode())
    try:
        while os.read(ours, 4096):
            pass
    except OSError:  # the terminal's other end is closed: the command has ended
        pass
    os.close(ours)
    return process.wait(60)


def test_what_is_no_feed_is_not_added(work: Workplace, publishers: Publishers) -> None:
    """A page without a feed and a missing page are said so; --unread adds an address as it is."""
    work.file.write_text(LOCAL)
    home = publishers.put(page(), path="/")
    work.run("add", home, code=1)
    assert "its page links to none" in work.stderr
    assert work.file.read_text() == LOCAL
    work.run("add", f"{home}nothing", "--unread", "--title", "Later")
    assert work.file.read_text() == f"{LOCAL}feeds:\n  - {{url: {home}nothing, title: Later}}\n"


def test_a_feed_is_removed_wherever_it_is_listed(work: Workplace) -> None:
    """By id or address, from each file that lists it; what stays is said, and nothing else changes."""
    work.file.write_text(
        "include: conf.d/*.yaml\nfeeds:\n  # one\n  - https://a.example/x # a\n  - https://b.example/\n"
    )
    part = work.folder / "conf.d" / "part.yaml"
    part.parent.mkdir()
    part.write_text("categories:\n  c: [http://a.example/x/, https://c.example/]\n")
    said = work.run("remove", "a-example-x")
    assert f"{work.file}, where it was in line 4" in said
    assert f"{part}, where it was in line 2" in said
    assert "kept for 365 days" in work.stderr
    assert work.file.read_text().endswith("feeds:\n  # one\n  - https://b.example/\n")
    assert part.read_text() == "categories:\n  c: [https://c.example/]\n"
    work.run("remove", "a-example-x", code=1)
    assert "is not listed" in work.stderr


def test_the_file_that_has_the_category_is_edited(tmp_path: Path) -> None:
    """An included file that lists a category's feeds gets the new one; a flat list has its name beside."""
    main, part = tmp_path / "feedhub.yaml", tmp_path / "part.yaml"
    main.write_text("include: part.yaml\ncategories: {a: {title: A}, b: [https://b.example/]}\n")
    part.write_text(
        "categories:\n  a:\n    feeds: https://a.example/\nfeeds: [{url: 'http://f/', category: f}]\n"
    )
    new = Subscription("https://new.example/${x}", "a")
    edit = add_feed(main, {}, new)
    assert (edit.file, edit.line) == (part, 3)
    assert edit.text().splitlines()[2] == "    feeds: [https://a.example/, 'https://new.example/$${x}']"
    edit = add_feed(main, {}, Subscription("https://new.example/", "f"))
    assert edit.text().splitlines()[-1].endswith("{url: https://new.example/, category: f}]")


def test_what_cannot_be_edited_is_printed_to_be_pasted(work: Workplace) -> None:
    """The lines and the file they belong in; exit code 1, nothing changed."""
    work.file.write_text("x-all: &all [https://a.example/]\ncategories:\n  c:\n    feeds: *all\n")
    before = work.file.read_bytes()
    lines = work.run("add", "https://b.example/", "--category", "c", "--unread", code=1)
    assert lines == "categories:\n  c:\n    feeds:\n      - https://b.example/\n"
    assert "cannot be edited safely" in work.stderr
    assert work.file.read_bytes() == before
    with pytest.raises(CannotAddError):
        add_feed(work.file, {}, Subscription("https://b.example/", "c"))


def test_a_list_of_another_program_is_left_to_it(work: Workplace) -> None:
    """A feed that an included OPML lists is not taken out of it."""
    (work.folder / "a.opml").write_text(
        '<opml version="2.0"><body><outline xmlUrl="https://a.example/"/></body></opml>'
    )
    work.file.write_text("include: a.opml\n")
    work.run("remove", "https://a.example", code=1)
    assert "another program's list" in work.stderr


def test_an_edit_that_would_be_wrong_changes_nothing(tmp_path: Path) -> None:
    """The whole configuration is read with the edit before the file is replaced."""
    main = tmp_path / "feedhub.yaml"
    main.write_text("feeds: [{id: a, url: 'https://a.example/'}]\n")
    before = main.read_bytes()
    edit = add_feed(main, {}, Subscription("https://b.example/", id="a"))
    with pytest.raises(UsageError, match=r"feedhub.yaml:1:\d+: .*the id a is taken"):
        save(main, edit)
    assert main.read_bytes() == before
    assert list(tmp_path.iterdir()) == [main]


def test_an_edit_by_somebody_else_is_not_overwritten(tmp_path: Path) -> None:
    """A file that was saved between reading and writing stays as it was saved; its mode is kept."""
    main = tmp_path / "feedhub.yaml"
    main.write_text("feeds: []\n")
    main.chmod(0o640)
    edit = add_feed(main, {}, Subscription("https://b.example/"))
    main.write_text("feeds: []  # by hand\n")
    with pytest.raises(UsageError, match="changed by somebody else"):
        save(main, edit)
    assert main.read_text() == "feeds: []  # by hand\n"
    save(main, add_feed(main, {}, Subscription("https://b.example/")))
    assert main.read_text() == "feeds: [https://b.example/]  # by hand\n"
    assert main.stat().st_mode & 0o777 == 0o640


def test_a_hundred_at_once_lose_nothing(tmp_path: Path) -> None:
    """Whoever adds holds the folder's lock from reading to writing."""
    main = tmp_path / "feedhub.yaml"
    main.write_text("# all mine\nfeeds:\n")
    urls = [f"https://site{number}.example/feed" for number in range(100)]

    def add(url: str) -> None:
        with alone(main):
            save(main, add_feed(main, {}, Subscription(url)))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(add, urls))
    assert {feed.url for feed in config.load(main, {}).catalogue.feeds.values()} == set(urls)
    assert main.read_text().startswith("# all mine\n")


def test_a_link_is_followed_and_stays_one(tmp_path: Path) -> None:
    """A configuration that is a symbolic link is edited where it lies."""
    real = tmp_path / "real.yaml"
    real.write_text("feeds: []\n")
    main = tmp_path / "feedhub.yaml"
    main.symlink_to(real)
    save(main, add_feed(main, {}, Subscription("https://a.example/")))
    assert main.is_symlink()
    listing = find_listing(main, {}, "http://a.example")
    assert listing is not None
    assert "a.example" in real.read_text()
