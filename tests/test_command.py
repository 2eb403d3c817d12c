"""The real command in a subprocess: YAML in, feeds out."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import feedparser
import pytest
import requests

from tests.command import FEEDHUB, Workplace, clean_environment
from tests.feeds import Item, numbered, rss
from tests.publisher import Page, Publishers


@pytest.fixture
def work(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def ids(work: Workplace, path: str) -> list[str]:
    return [item["id"] for item in work.items(path)]


def test_yaml_in_feeds_out(work: Workplace, publishers: Publishers) -> None:
    """Two feeds of a category, a rule and a named output give feeds per category, tag and output."""
    one = publishers.put(
        rss(Item("one", "Release 1.0 is out"), Item("two", "A quiet day", hours=2)), "127.0.0.2"
    )
    two = publishers.put(
        rss(Item("three", "Sponsored: buy this"), Item("four", "Releases galore")), "127.0.0.3"
    )
    work.configure(
        {
            "categories": {"news": {"feeds": [one, {"url": two, "tags": ["second"]}]}},
            "rules": [
                {"when": {"title": "/release/i"}, "tag": "releases"},
                {"when": {"title": "sponsored"}, "drop": True},
            ],
            "outputs": {"best": {"title": "Best", "from": {"all": [{"tag": "releases"}, {"tag": "second"}]}}},
        }
    )
    said = work.run("poll")
    assert "2 feeds polled: 2 updated" in said
    titles = {path: [item["title"] for item in work.items(path)] for path in ("all", "tag/releases", "best")}
    assert sorted(titles["all"]) == ["A quiet day", "Release 1.0 is out", "Releases galore"]
    assert sorted(titles["tag/releases"]) == ["Release 1.0 is out", "Releases galore"]
    assert titles["best"] == ["Releases galore"]
    for path in ("all", "category/news", "tag/releases", "tag/second", "best"):
        for suffix in ("atom", "rss"):
            parsed = feedparser.parse((work.public / f"{path}.{suffix}").read_bytes())
            assert not parsed.bozo
            assert [entry.id for entry in parsed.entries] == ids(work, path)
    assert b"best" in (work.public / "opml.xml").read_bytes()


def test_a_second_poll_changes_no_byte(work: Workplace, publishers: Publishers) -> None:
    """Everything is a 304, and no published file is touched."""
    urls = [publishers.put(rss(*numbered(5, f"f{n}")), f"127.0.1.{n}") for n in range(1, 6)]
    work.configure({"feeds": urls})
    work.run("poll")
    before = work.files()
    stamps = {file: file.stat().st_mtime_ns for file in work.public.rglob("*.atom")}
    assert "5 unchanged" in work.run("poll", "--all")
    assert [asked.status for asked in publishers.asked] == [200] * 5 + [304] * 5
    assert work.files() == before
    assert {file: file.stat().st_mtime_ns for file in work.public.rglob("*.atom")} == stamps


def test_what_is_not_due_is_left_alone(work: Workplace, publishers: Publishers) -> None:
    """Without --all a feed is asked again only when its interval has passed."""
    work.configure({"feeds": [publishers.put(rss(Item("one")))]})
    work.run("poll")
    assert "0 feeds polled" in work.run("poll")
    assert len(publishers.asked) == 1


def test_duplicates_become_one_story_with_its_sources(work: Workplace, publishers: Publishers) -> None:
    """The same link in two feeds of a category is one item that names both, the preferred copy shown."""
    link = "https://origin.example/story"
    one = publishers.put(rss(Item("a", "The story", link=link), title="First"), "127.0.0.2")
    two = publishers.put(
        rss(Item("b", "The story!", link=link + "?utm_source=rss", hours=0.5), title="Second"), "127.0.0.3"
    )
    work.configure(
        {
            "categories": {"news": {"duplicates": {"prefer": ["second"]}}},
            "feeds": [
                {"id": "first", "url": one, "category": "news"},
                {"id": "second", "url": two, "category": "news"},
            ],
        }
    )
    work.run("poll")
    (item,) = work.items("category/news")
    assert item["title"] == "The story!"
    assert {source["feed"] for source in item["_feedhub"]["sources"]} == {"first", "second"}
    assert item["_feedhub"]["category"] == "news"
    assert b"First" in (work.public / "category/news.atom").read_bytes()
    assert b"First" in (work.public / "category/news.rss").read_bytes()


def test_items_keep_id_and_date_for_ever(work: Workplace, publishers: Publishers) -> None:
    """Edited, re-dated, dropped and returning items keep id and date; only an edit moves `updated`."""
    work.configure(
        {"feeds": [publishers.put(rss(Item("a", "Old title"), Item("b", hours=2), Item("c", hours=None)))]}
    )
    work.run("poll")
    before = {item["id"]: item for item in work.items("all")}
    publishers.put(rss(Item("a", "New title", hours=0.1), Item("c", hours=None)))
    work.run("poll", "--all")
    publishers.put(rss(Item("a", "New title"), Item("b", hours=2), Item("c", hours=None)))
    work.run("poll", "--all")
    after = {item["id"]: item for item in work.items("all")}
    assert after.keys() == before.keys()
    for key, item in after.items():
        assert item["date_published"] == before[key]["date_published"]
        edited = item["title"] == "New title"
        assert (item.get("date_modified") != before[key].get("date_modified")) == edited


def test_a_new_feed_brings_its_newest_entries_only(work: Workplace, publishers: Publishers) -> None:
    """Of 50 entries of a feed seen for the first time 20 are published; what comes later comes in."""
    work.configure({"feeds": [publishers.put(rss(*numbered(50)))]})
    work.run("poll")
    assert len(work.items("all")) == 20
    publishers.put(rss(Item("fresh", hours=0.1), *numbered(50)))
    work.run("poll", "--all")
    assert len(work.items("all")) == 21
    assert work.items("all")[0]["title"] == "Title of fresh"


def test_a_failing_feed_harms_nobody(work: Workplace, publishers: Publishers) -> None:
    """One feed fails, the others are published, and status says why and when it is tried again."""
    good = publishers.put(rss(Item("one")), "127.0.0.2")
    bad = publishers.put(Page(b"gone fishing", "text/html", 500), "127.0.0.3")
    work.configure({"feeds": [{"id": "good", "url": good}, {"id": "bad", "url": bad}]})
    assert "1 failed" in work.run("poll")
    status = {one["id"]: one for one in json.loads(work.run("status", "--json"))}
    assert status["good"]["state"] == "ok"
    assert status["good"]["entries"] == 1
    assert status["bad"]["failures"] == 1
    assert "500" in status["bad"]["error"]
    assert status["bad"]["next_poll"] > status["good"]["last_success"]
    told = work.run("status", "--unwell")
    assert "500" in told
    assert "good" not in told
    assert work.stderr == "2 feeds: 1 well, 1 failing.\n"
    assert "The wait grows with each failure" in " ".join(work.run("status", "bad").split())


def test_polling_in_vain_exits_1(work: Workplace, publishers: Publishers) -> None:
    """If no feed could be read the command says so by its exit code."""
    work.configure({"feeds": [publishers.put(Page(b"", status=404))]})
    work.run("poll", code=1)


def test_private_addresses_are_refused_by_default(work: Workplace, publishers: Publishers) -> None:
    """A feed on loopback is not asked for unless the YAML allows it."""
    work.configure({"feeds": [publishers.put(rss(Item("one")))], "fetch": {}})
    work.run("poll", code=1)
    assert not publishers.asked


MISTAKES = """\
hub:
  titel: Mine
  timezone: Berlin
defaults: {interval: 30}
categories:
  python:
    feeds:
      - gopher://old.example/
      - {ulr: https://a.example/}
      - https://a.example/feed
  python: {}
rules:
  - {when: {title: /(/}, tag: x}
  - {when: {title: x}}
outputs:
  status: {from: {tag: x}}
include: nothing.yaml
"""


def test_mistakes_show_their_line(work: Workplace) -> None:
    """Every mistake is listed at once, with its place and what to do, and nothing is done."""
    work.file.write_text(MISTAKES)
    for command in ("check", "poll"):
        assert work.run(command, code=2) == ""
        found = [line.partition("feedhub.yaml:")[2] for line in work.stderr.splitlines()]
        for wanted in (
            "2:3: hub.titel: unknown key titel (did you mean title?)",
            "3:13: hub.timezone: 'Berlin' is no time zone (did you mean Europe/Berlin?)",
            "4:22: defaults.interval: a duration is written with its unit, such as 90s",
            "8:9: categories.python.feeds[0]: only http and https addresses are asked, not gopher:",
            "9:10: categories.python.feeds[1].ulr: unknown key ulr (did you mean url?)",
            "11:3: categories.python: the key python is given twice, in lines 6 and 11",
            "13:20: rules[0].when.title: /(/: no regular expression",
            "14:5: rules[1]: this rule does nothing",
            "16:11: outputs.status: the name status belongs to FeedHub's own pages",
            "17:10: include: nothing.yaml: no such file",
        ):
            assert any(line.startswith(wanted) for line in found), (wanted, found)
    assert not work.public.exists()


def test_a_wrong_word_is_answered_with_the_right_one(work: Workplace) -> None:
    """What, where, what to do: for a feed that is not there, an address without its scheme, a file of another
    kind; and a request that failed is told once."""
    work.configure({"feeds": [{"id": "daily", "url": "http://192.0.2.1/feed"}]})
    work.run("poll", "dayly", code=1)
    assert "no such feed: dayly (did you mean daily?)" in work.stderr
    work.run("fetch", "dayly", code=1)
    assert "no feed has the id 'dayly' (did you mean daily?)" in work.stderr
    work.run("fetch", "example.org", code=1)
    assert "as an address it is https://example.org" in work.stderr
    work.run("opml", "import", str(work.file), code=1)
    assert f"{work.file}: this is no OPML" in work.stderr
    told = work.run("fetch", "http://169.254.1.1/feed", code=1)
    assert (told.count("169.254.1.1 is"), work.stderr) == (1, "")


def test_a_folder_that_cannot_be_made_is_a_warning(work: Workplace) -> None:
    """A data folder in a place that takes nothing is told before the hub starts, with its line."""
    work.configure({"hub": {"data": "feedhub.yaml/data"}, "feeds": ["https://one.example/feed"]})
    work.run("check", "--strict", code=1)
    assert (
        f"{work.file}:7:9: hub.data: {work.file}/data cannot be made or written to: Not a dir" in work.stderr
    )
    assert [file.name for file in work.folder.iterdir()] == [work.file.name]


def test_the_starter_is_good(work: Workplace) -> None:
    """What init writes passes check, and is not written over."""
    subprocess.run([*FEEDHUB, "init", str(work.folder)], check=True, env=clean_environment())
    work.file = work.folder / "config" / "feedhub.yaml"
    assert "good" in work.run("check")
    assert "good" in subprocess.check_output(
        [*FEEDHUB, "check"], cwd=work.folder, env=clean_environment(), text=True
    )
    done = subprocess.run([*FEEDHUB, "init", str(work.folder)], env=clean_environment(), capture_output=True)
    assert done.returncode == 1


def test_opml_goes_in_and_out(work: Workplace) -> None:
    """A list of 1,000 feeds is imported into the category that is there, included, checked and exported."""
    outlines = "".join(
        f'<outline text="Feed {n}" type="rss" xmlUrl="https://h{n}.example/feed"/>' for n in range(1000)
    )
    list_file = work.folder / "subscriptions.opml"
    list_file.write_text(
        f'<opml version="2.0"><head/><body><outline text="Blogs">{outlines}</outline></body></opml>'
    )
    work.file.write_text("categories: {blogs: []}\n")
    assert work.run("opml", "import", "--print", str(list_file)).count("https://") == 1000
    in_the_way = work.folder / "conf.d"
    in_the_way.write_text("mine")
    work.run("opml", "import", str(list_file), code=1)
    assert work.stderr == f"feedhub: cannot write {in_the_way}: File exists\n"
    in_the_way.unlink()
    assert "1000 feeds" in work.run("opml", "import", str(list_file))
    assert "include:\n  - conf.d/subscriptions.yaml\n" in work.file.read_text()
    assert "1000 feeds in 1 category" in work.run("check")
    assert "Nothing to add" in work.run("opml", "import", str(list_file))
    exported = work.run("opml", "export")
    assert exported.count("xmlUrl=") == 1000
    assert 'text="blogs"' in exported


def wait_for(condition, seconds: float = 15) -> None:  # type: ignore[no-untyped-def]
    """Return as soon as the condition holds; fail after some seconds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.05)


def test_the_daemon_polls_reloads_and_ends(work: Workplace, publishers: Publishers) -> None:
    """`run` polls at once, takes an edit over, keeps the last good file, logs what is wrong or doubtful
    with the file, and exits 0 on SIGTERM."""
    publishers.put(rss(Item("two")), path="/second")
    first = publishers.put(rss(Item("one")))
    server = {"port": free_port()}
    work.configure({"feeds": [first], "server": server})
    daemon = work.start("run", stderr=subprocess.PIPE)
    try:
        wait_for(lambda: (work.public / "all.json").exists() and len(work.items("all")) == 1)
        work.file.write_text("feeds: [")
        daemon.send_signal(signal.SIGHUP)
        hub = f"http://127.0.0.1:{server['port']}/healthz"
        wait_for(lambda: requests.get(hub, timeout=5).json()["mistakes"] == 1)
        edited = {"feeds": [first, first.replace("/feed", "/second")], "server": server}
        work.configure({**edited, "outputs": {"x": {"from": "nosuch"}}})
        daemon.send_signal(signal.SIGHUP)
        wait_for(lambda: len(work.items("all")) == 2)
    finally:
        daemon.send_signal(signal.SIGTERM)
        _, log = daemon.communicate(timeout=10)
    assert daemon.returncode == 0, log
    assert "configuration not taken over" in log
    assert "there is no tag or category nosuch" in log


def test_sigterm_waits_for_no_slow_feed(work: Workplace, publishers: Publishers) -> None:
    """While a feed keeps its answer back, SIGTERM ends the daemon with 0 within ten seconds, nothing lost."""
    held = threading.Event()
    urls = [publishers.put(rss(*numbered(5, f"f{n}")), f"127.3.0.{n}") for n in range(1, 6)]
    slow = publishers.put(Page(rss(Item("late")).encode(), held=held), "127.3.0.9")
    work.configure({"feeds": [*urls, slow]})
    daemon = work.start("run", "--no-serve", stderr=subprocess.PIPE)
    try:
        wait_for(lambda: len(publishers.asked) == 6 and (work.public / "all.json").exists())
        wait_for(lambda: len(work.items("all")) == 25)
    finally:
        daemon.send_signal(signal.SIGTERM)
        _, log = daemon.communicate(timeout=10)
    held.set()
    assert daemon.returncode == 0, log
    work.run("poll")
    assert len(work.items("all")) == 26


def test_a_second_daemon_on_the_same_data_is_safe(work: Workplace, publishers: Publishers) -> None:
    """Two daemons share the work: each feed is asked once an interval, and nothing is there twice."""
    hosts = [f"127.4.{n // 250}.{n % 250 + 1}" for n in range(300)]
    urls = [publishers.put(rss(*numbered(2, f"f{n}")), host) for n, host in enumerate(hosts)]
    work.configure({"feeds": urls, "defaults": {"interval": "3s", "outputs": {"limit": 1000}}})
    files = [work.folder / f"daemon-{number}.log" for number in range(2)]
    daemons = []
    for file in files:
        with file.open("w") as log:
            daemons.append(work.start("-v", "run", "--no-serve", stderr=log))

    def both_polled() -> bool:
        return all(re.search(r"event=(?:updated|unchanged) ", file.read_text()) for file in files)

    try:
        wait_for(lambda: len(publishers.asked) >= 700 and both_polled(), seconds=60)
    finally:
        for daemon in daemons:
            daemon.send_signal(signal.SIGTERM)
        codes = [daemon.wait(timeout=20) for daemon in daemons]
    assert codes == [0, 0]
    assert not any("failed" in file.read_text() for file in files)
    at = defaultdict(list)
    for asked in publishers.asked:
        at[asked.host].append(asked.at)
    gaps = [later - earlier for times in at.values() for earlier, later in pairwise(times)]
    assert len(at) == 300
    assert min(gaps) >= 2.9
    shown = [item["title"] for item in work.items("all")]
    assert len(shown) == len(set(shown)) == 600


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("requests", [1, 20, 40, 59])
def test_kill_9_loses_and_doubles_nothing(work: Workplace, publishers: Publishers, requests: int) -> None:
    """A poll killed at any moment and started again ends where an undisturbed one ends."""
    urls = [publishers.put(rss(*numbered(10, f"f{n}")), f"127.0.2.{n}") for n in range(1, 60)]
    work.configure({"feeds": urls})
    poll = work.start("poll", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: len(publishers.asked) >= requests)
    os.kill(poll.pid, signal.SIGKILL)
    poll.wait()
    work.configure({"feeds": urls})
    work.run("poll", "--all")
    undisturbed = Workplace(work.folder / "other")
    undisturbed.folder.mkdir()
    undisturbed.configure({"feeds": urls})
    undisturbed.run("poll")
    assert sorted(ids(work, "all")) == sorted(ids(undisturbed, "all"))
    assert work.files().keys() == undisturbed.files().keys()


def test_steps_change_what_a_feed_and_an_output_show(work: Workplace, publishers: Publishers) -> None:
    """A feed's steps change what is kept, by the page behind a link too; an output's what it shows alone."""
    words = "".join(f"<p>Paragraph {n} of the article, with words enough.</p>" for n in range(9))
    page = publishers.put(
        Page(f"<html><body><main>{words}</main></body></html>".encode(), "text/html"), path="/1"
    )
    work.configure(
        {
            "feeds": [
                {
                    "url": publishers.put(rss(Item("one", "Plain", text="<p>Teaser</p>", link=page))),
                    "tags": "read",
                    "steps": [
                        {"use": "fulltext", "css": "main"},
                        {"use": "replace", "find": "Plain", "by": "Better"},
                    ],
                }
            ],
            "outputs": {
                "marked": {
                    "from": "read",
                    "steps": [{"use": "title", "template": "{feed_title}: {title}"}, "summary"],
                }
            },
        }
    )
    work.run("poll")
    (kept,), (marked,) = work.items("all"), work.items("marked")
    assert kept["title"] == "Better"
    assert "Paragraph 8" in kept["content_html"]
    assert marked["title"] == "A feed: Better"
    assert "Paragraph 8" not in json.dumps(marked)
    assert "1 unchanged" in work.run("poll", "--all")
    assert [asked.path for asked in publishers.asked] == ["/feed", "/1", "/feed"]


def test_a_wrong_step_shows_its_line(work: Workplace) -> None:
    """Steps are made when the file is read, so that a mistake in one is found there."""
    work.file.write_text(
        "feeds:\n  - url: https://a.example/\n    steps:\n      - images\n      - {use: remove, css: 'p['}\n"
        "outputs:\n  x:\n    from: general\n    steps: [{use: fulltext, css: p}]\n"
    )
    work.run("check", code=2)
    assert "feedhub.yaml:5:9: feeds[0].steps[1]: remove: css cannot be read" in work.stderr
    assert "outputs.x.steps[0]: fulltext asks for pages" in work.stderr
