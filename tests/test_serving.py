"""What is made while it is asked for: private addresses, queries, deltas; over HTTP, from a real store."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import feedparser
import pytest
import requests
from starlette.exceptions import HTTPException

from feedhub.hub import Hub
from feedhub.model import Access, Output, Story
from feedhub.ports import Store
from feedhub.web import create_app
from feedhub.web.feeds import Crowd
from tests.fresh import fresh_store
from tests.sample_hub import make_catalogue, make_entry, make_hub, make_output, poll
from tests.sample_site import serving
from tests.test_web import ask
from tests.times import MINUTE, NOW

OUTPUTS = (
    make_output("all", title="Everything", limit=20),
    make_output("secret", title="Salaries", private=True),
    make_output("given", private=True, access=Access(token="given-given-given")),
    make_output("locked", private=True, access=Access(username="me", password="pa:ss wörd")),
)
CATALOGUE = make_catalogue(outputs=OUTPUTS)
LOGIN = "Basic " + base64.b64encode("me:pa:ss wörd".encode()).decode()


@dataclass
class Served:
    """A hub with a server in front of it."""

    store: Store
    hub: Hub
    base: str
    earlier: str = ""

    def apply(self, **changes: Any) -> None:
        """Put the catalogue in force with some changes."""
        self.hub.apply(replace(CATALOGUE, **changes))
        self.hub.publish()

    def add(self, *numbers: int, **changes: Any) -> None:
        """Publish entries; each is a minute newer than that of the number before."""
        poll(
            self.store,
            *(make_entry(n, published_at=NOW - 600 * MINUTE + n * MINUTE, **changes) for n in numbers),
        )
        self.hub.publish()

    def ask(self, path: str, method: str = "GET", **headers: str) -> requests.Response:
        return ask(f"{self.base}/{path}", method, **headers)

    def titles(self, path: str, **headers: str) -> list[str]:
        """Return the titles that a JSON feed lists, without what is the same in all."""
        items = json.loads(self.ask(path, **headers).content)["items"]
        return [item["title"].removeprefix("Item ").removesuffix(" of one") for item in items]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A hub of a test's own."""
    with running(tmp_path) as one:
        yield one


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A hub for tests that only read: two editions of its feeds, thirty items and one more, no user."""
    with running(tmp_path_factory.mktemp("still")) as one:
        one.apply(outputs={path: one for path, one in CATALOGUE.outputs.items() if path != "locked"})
        one.add(*range(1, 31))
        one.earlier = one.ask("all.atom").headers["ETag"]
        one.add(31)
        yield one


@contextmanager
def running(folder: Path) -> Iterator[Served]:
    """Serve a hub whose data lies in a folder."""
    store = fresh_store(folder / "hub.sqlite")
    hub = make_hub(store, folder, CATALOGUE)
    hub.publish()
    app = create_app(
        store, lambda: hub.catalogue, hub, version="1", health=lambda: {"ok": True}, clock=lambda: NOW
    )
    with serving(app) as base:
        yield Served(store, hub, base)
    store.close()


def private(served: Served, output: str = "secret") -> str:
    """Return the address of a private output, without its suffix."""
    return f"private/{served.store.tokens()[output]}/{output}"


def test_private_feed(served: Served) -> None:
    """Who has the address reads the feed; no search engine lists it and no shared cache keeps it."""
    served.add(1)
    for name, media_type in (("atom", "atom+xml"), ("rss", "rss+xml"), ("json", "feed+json")):
        answer = served.ask(f"{private(served)}.{name}")
        assert answer.status_code == 200 and media_type in answer.headers["Content-Type"]
        assert b"Item number1" in answer.content
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert answer.headers["Cache-Control"] == "private, max-age=60"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Access-Control-Allow-Origin" not in answer.headers
        again = served.ask(f"{private(served)}.{name}", If_None_Match=answer.headers["ETag"])
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["X-Robots-Tag"] == "noindex, nofollow"


def test_a_private_document_does_not_say_where_it_lies(served: Served) -> None:
    """A copy of a private document opens nothing."""
    served.add(1)
    for name in ("atom", "rss", "json"):
        body = served.ask(f"{private(served)}.{name}").text
        assert served.store.tokens()["secret"] not in body and "private/" not in body


def test_the_token_of_the_configuration(still: Served) -> None:
    """Where the configuration names a token, it opens its output and no other, and none is minted."""
    assert still.ask("private/given-given-given/given.atom").status_code == 200
    assert "given" not in still.store.tokens()
    assert still.ask("private/given-given-given/secret.atom").status_code == 404


def refused(served: Served) -> list[str]:
    token = served.store.tokens()["secret"]
    return [
        "private/",
        "private/secret.atom",
        "private//secret.atom",
        f"private/{token}",
        f"private/{token}/",
        f"private/{token}/secret",
        f"private/{token}/all.atom",
        f"private/{token}/absent.atom",
        f"private/{token}/given.atom",
        f"private/{token[:-1]}/secret.atom",
        f"private/{token}x/secret.atom",
        f"private/{token.swapcase()}/secret.atom",
        "private/0123456789abcdef0123456789abcdef/secret.atom",
        "private/0123456789abcdef0123456789abcdef/absent.atom",
        "private/%00/secret.atom",
        "private/%ff/secret.atom",
    ]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_one_refusal_for_all(still: Served, method: str) -> None:
    """Whatever is wrong, the token, the name or the output, the answer is that of an address with nothing."""
    for path in refused(still):
        absent = still.ask(path.replace("private", "absence"), method)
        answer = still.ask(path, method)
        assert (answer.status_code, answer.content) == (404, absent.content), path
        assert {**answer.headers, "date": ""} == {**absent.headers, "date": ""}


def test_one_refusal_that_asks_for_a_password(served: Served) -> None:
    """Where an output has a user, every refusal asks for name and password, whatever was asked for."""
    for path in refused(served):
        for authorization in ("", "Basic", "Basic !", "Bearer x", "Basic " + "A" * 5000, LOGIN[:-4]):
            answer = served.ask(path, Authorization=authorization)
            assert (answer.status_code, answer.text) == (401, "Unauthorized\n"), path
            assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert served.ask("private/secret.atom", Authorization=LOGIN).status_code == 401


def test_password(served: Served) -> None:
    """An output with a user is read with name and password, and by no token."""
    answer = served.ask("private/locked.atom", Authorization=LOGIN)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, max-age=60")
    assert "locked" not in served.store.tokens()
    assert requests.get(
        f"{served.base}/private/locked.rss", auth=("me", "pa:ss wörd".encode()), timeout=10
    ).ok  # type: ignore[arg-type]


def login(password: str) -> str:
    return "Basic " + base64.b64encode(f"me:{password}".encode()).decode()


def test_passwords_are_not_guessed(served: Served) -> None:
    """After twenty wrong ones no password is looked at but those that have opened something here before."""
    guesses = [served.ask("private/locked.atom", Authorization=login(f"guess {n}")) for n in range(22)]
    assert [answer.status_code for answer in guesses] == [401] * 20 + [429] * 2
    assert guesses[-1].headers["Retry-After"] == "30"
    assert served.ask("private/locked.atom", Authorization=LOGIN).status_code == 429
    assert served.ask("private/locked.atom").status_code == 401
    assert served.ask(f"{private(served)}.atom").status_code == 200


def test_a_token_makes_no_password_known(served: Served) -> None:
    """Who may read one output tries passwords of another no more often for it."""
    answers = []
    for number in range(20):
        guess = login(f"guess {number}")
        assert served.ask(f"{private(served)}.atom", Authorization=guess).status_code == 200
        answers.append(served.ask("private/locked.atom", Authorization=guess).status_code)
    assert answers == [401] * 20
    assert served.ask("private/locked.atom", Authorization=login("guess 20")).status_code == 429


def test_a_reader_at_work_is_not_locked_out(served: Served) -> None:
    """Who has the right password reads on, though somebody behind the same address guesses."""
    other = {"X-Forwarded-For": "made.up, 203.0.113.7"}
    for password in ("pa:ss wörd", *map(str, range(30)), "pa:ss wörd"):
        answer = served.ask("private/locked.atom", Authorization=login(password))
    assert answer.status_code == 200
    assert served.ask("private/locked.atom", Authorization=login("30")).status_code == 429
    assert served.ask("private/locked.atom", Authorization=LOGIN, **other).status_code == 200


def test_rotation(served: Served) -> None:
    """Another token opens the output at once, and the old one nothing any more; the feed stays the same."""
    old = private(served)
    before = served.ask(f"{old}.atom")
    served.store.rotate("secret")
    after = served.ask(f"{private(served)}.atom")
    assert served.ask(f"{old}.atom").status_code == 401
    assert (after.status_code, after.headers["ETag"]) == (200, before.headers["ETag"])


def test_no_token_is_named(served: Served) -> None:
    """No page and no list names a private output."""
    served.add(1)
    words = [*served.store.tokens().values(), "secret", "Salaries", "private/"]
    for path in (
        "",
        "opml.xml",
        "status",
        "status.json",
        "robots.txt",
        "healthz",
        "all.atom",
        "search?q=item",
    ):
        text = served.ask(path).text
        assert not [word for word in words if word in text], path


QUERIES = [
    ("q=title:%22number7+%22", ["number7"]),
    ("q=title:number7+OR+title:number9", ["number9", "number7"]),
    ("q=number7+AND+NOT+number7", []),
    ("q=title:/number[3-5]%20of/", ["number5", "number4", "number3"]),
    ("q=item&limit=2", ["number31", "number30"]),
    ("limit=2", ["number31", "number30"]),
    ("q=title:number1&limit=0000002&utm_source=x", ["number19", "number18"]),
    ("q=title:number&limit=1000000", [f"number{n}" for n in range(31, 11, -1)]),
    ("q=age:<572m", ["number31", "number30", "number29"]),
]


@pytest.mark.parametrize(("query", "titles"), QUERIES)
def test_queries(still: Served, query: str, titles: list[str]) -> None:
    """A query finds stories beyond those that the output lists, newest first, in every format."""
    assert still.titles(f"all.json?{query}") == titles
    for name in ("atom", "rss"):
        read = feedparser.parse(still.ask(f"all.{name}?{query}").content)
        assert not read.bozo and [one.title.split()[1] for one in read.entries] == titles


def test_a_query_is_a_feed_of_its_own(served: Served) -> None:
    """The answer has its own address, id and title; the same question has the same address."""
    served.add(1)
    whole = feedparser.parse(served.ask("all.atom").content).feed
    found = feedparser.parse(served.ask("all.atom?utm=1&limit=20&q=%20number1%20").content).feed
    assert [link.href for link in found.links if link.rel == "self"] == [
        "http://127.0.0.1:8000/all.atom?q=number1&limit=20"
    ]
    assert found.id != whole.id and found.title == "Everything: number1"
    secret = served.ask(f"{private(served)}.atom?q=number1").text
    assert "Item number1" in secret and served.store.tokens()["secret"] not in secret


def test_conditional_queries(served: Served) -> None:
    """A query's answer is current until something that it finds changes."""
    served.add(1)
    first = served.ask("all.json?q=title:number1")
    assert first.headers["ETag"] != served.ask("all.json").headers["ETag"]
    served.add(2)
    assert served.ask("all.json?q=title:number1", If_None_Match=first.headers["ETag"]).status_code == 304
    served.add(11)
    again = served.ask("all.json?q=title:number1", If_None_Match=first.headers["ETag"])
    assert again.status_code == 200 and b"number11" in again.content


def test_a_query_is_answered_once(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same question is answered from memory until a story of the output changes."""
    served.add(1, 2)
    selected = []
    select = served.hub.select

    def counted(output: Output) -> list[Story]:
        selected.append(output.path)
        return select(output)

    monkeypatch.setattr(served.hub, "select", counted)
    for query in ("q=number1", "q=number1&utm_source=x", "x=1&q=number1+"):
        assert served.titles(f"all.json?{query}") == ["number1"]
    assert len(selected) == 1
    served.add(3)
    selected.clear()
    assert served.titles("all.json?q=number1") == ["number1"]
    assert len(selected) == 1


def test_other_parameters_change_nothing(still: Served) -> None:
    """A parameter that is none of ours is ignored, whatever it says."""
    whole = still.ask("all.atom")
    for query in ("utm_source=x", "q1=x", "Q=x", "limits=1", "=", "%ff=%ff"):
        answer = still.ask(f"all.atom?{query}")
        assert (answer.content, answer.headers["ETag"]) == (whole.content, whole.headers["ETag"])


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("q=titel:rust", "unknown field titel; did you mean title?"),
        ("q=titel:rust", "\n\n  titel:rust\n  ^"),
        ("q=rust+(", "\n  rust (\n       ^"),
        ("q=%22", "a quote is opened here and never closed"),
        ("q=/(/", "no regular expression that RE2 takes"),
        ("q=/%5BLp%5D{1000}{1000}/", "no regular expression that RE2 takes"),
        ("q=", "an empty query"),
        ("q=a&q=b", "q is given twice"),
        ("q=" + "a" * 501, "at most 500 characters, this one 501"),
        ("q=" + "a+" * 21, "at most 20 things, this one 21"),
        ("q=/a/+/b/+/c/+/d/", "at most 3 regular expressions"),
        ("limit=0", "limit is a whole number from 1 to 20"),
        ("limit=-1", "limit is a whole number"),
        ("limit=%D9%A3", "limit is a whole number"),
        ("limit=1e9", "limit is a whole number"),
        ("q=a&limit=" + "9" * 5000, "limit is a whole number"),
    ],
)
def test_mistakes_in_queries(still: Served, query: str, message: str) -> None:
    """A query that cannot be answered is a 400 in plain text that says why and where."""
    answer = still.ask(f"all.atom?{query}")
    assert answer.status_code == 400 and message in answer.text
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_queries_can_be_switched_off(served: Served) -> None:
    """With `queries: false` a query is a parameter like any other."""
    served.add(1, 2)
    served.apply(queries=False)
    assert served.titles("all.json?q=number1") == ["number2", "number1"]


def test_a_crowd_has_a_queue() -> None:
    """Who finds the queue full is told to come again; a place that is left is taken."""
    crowd = Crowd(1, 0)
    with crowd.place(), pytest.raises(HTTPException) as raised, crowd.place():
        pass
    assert (raised.value.status_code, dict(raised.value.headers or {})) == (503, {"Retry-After": "5"})
    waits = Crowd(1, 1)
    with waits.place():
        other = threading.Thread(target=lambda: waits.place().__enter__())
        other.start()
    other.join(10)
    assert not other.is_alive()


@pytest.mark.parametrize(("name", "accept"), [("atom", "identity"), ("rss", "gzip"), ("json", "identity")])
def test_delta(served: Served, name: str, accept: str) -> None:
    """A reader that takes deltas gets what is new and changed since the edition that it has, and no more."""
    served.add(*range(1, 11))
    first = served.ask(f"all.{name}", Accept_Encoding=accept)
    served.add(11)
    served.add(3, title="Item number3 corrected", content_hash="changed")
    etag = first.headers["ETag"]
    answer = served.ask(f"all.{name}", Accept_Encoding=accept, A_IM="feed", If_None_Match=etag)
    assert (answer.status_code, answer.reason) == (226, "IM Used")
    assert answer.headers["IM"] == "feed" and answer.headers["Delta-Base"] == etag
    assert answer.headers["Cache-Control"] == "no-store, im"
    assert answer.headers["Vary"] == "Accept-Encoding, Accept, A-IM, If-None-Match"
    listed = [number for number in range(1, 12) if f"Item number{number} " in answer.text]
    assert listed == [3, 11]
    whole = served.ask(f"all.{name}", Accept_Encoding=accept)
    assert answer.headers["ETag"] == whole.headers["ETag"]
    again = served.ask(f"all.{name}", A_IM="feed", If_None_Match=answer.headers["ETag"])
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"A_IM": "feed", "If_None_Match": "{etag}"}, 226),
        ({"A_IM": "vcdiff, FEED;q=0.5", "If_None_Match": "{etag}"}, 226),
        ({"A_IM": "feed", "If_None_Match": 'W/{etag}, "other"'}, 226),
        ({"A_IM": "feed", "If_None_Match": "{etag}, {current}"}, 304),
        ({"A_IM": "feed", "If_None_Match": '"other"'}, 200),
        ({"A_IM": "feed", "If_None_Match": "{etag}".strip('"') + "x"}, 200),
        ({"A_IM": "feed", "If_None_Match": ", ".join(f'"{n}"' for n in range(500)) + ", {etag}"}, 200),
        ({"A_IM": "feed"}, 200),
        ({"A_IM": "feed;q=0", "If_None_Match": "{etag}"}, 200),
        ({"A_IM": "feeds", "If_None_Match": "{etag}"}, 200),
        ({"If_None_Match": "{etag}"}, 200),
    ],
)
def test_whom_a_delta_is_for(still: Served, headers: dict[str, str], status: int) -> None:
    """A delta goes to who asks for one and has an edition that is known; who is current gets a 304, others
    the whole, which any cache may keep."""
    known = {"etag": still.earlier, "current": still.ask("all.atom").headers["ETag"]}
    answer = still.ask("all.atom", **{name: value.format(**known) for name, value in headers.items()})
    assert answer.status_code == status
    if status == 200:
        assert answer.headers["Vary"] == "Accept-Encoding, Accept" and "IM" not in answer.headers


def test_whole_where_a_delta_saves_nothing(served: Served) -> None:
    """Where every item is new, or only the head, the whole is sent."""
    served.apply(outputs={"all": replace(OUTPUTS[0], limit=2)})
    served.add(1, 2)
    etag = served.ask("all.atom").headers["ETag"]
    served.add(3, 4)
    assert served.ask("all.atom", A_IM="feed", If_None_Match=etag).status_code == 200
    etag = served.ask("all.atom").headers["ETag"]
    served.apply(outputs={"all": replace(OUTPUTS[0], limit=2, title="Another title")})
    answer = served.ask("all.atom", A_IM="feed", If_None_Match=etag)
    assert answer.status_code == 200 and b"Another title" in answer.content


def test_deltas_of_private_feeds(served: Served) -> None:
    """A private feed has deltas too, as private as itself."""
    served.add(1, 2)
    etag = served.ask(f"{private(served)}.atom").headers["ETag"]
    served.add(3)
    answer = served.ask(f"{private(served)}.atom", A_IM="feed", If_None_Match=etag)
    assert (answer.status_code, answer.headers["X-Robots-Tag"]) == (226, "noindex, nofollow")
    assert answer.headers["Cache-Control"] == "no-store, im"


def test_deltas_can_be_switched_off(served: Served) -> None:
    """With `deltas: false` everyone gets the whole."""
    served.add(1, 2)
    etag = served.ask("all.atom").headers["ETag"]
    served.add(3)
    served.apply(deltas=False)
    assert served.ask("all.atom", A_IM="feed", If_None_Match=etag).status_code == 200
