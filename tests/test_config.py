"""The configuration: what the YAML says is what the rooms get."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from feedhub import config, model
from feedhub.config import Config
from feedhub.errors import ConfigError

Load = Callable[..., Config]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write a configuration (and other files beside it) and read it."""

    def write_and_load(text: str, environ: dict[str, str] | None = None, **others: str) -> Config:
        for name, content in others.items():
            path = tmp_path / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, encoding="utf-8")
        (tmp_path / "feedhub.yaml").write_text(text, encoding="utf-8")
        return config.load(tmp_path / "feedhub.yaml", environ or {})

    return write_and_load


def only_feed(loaded: Config) -> model.Feed:
    [feed] = loaded.catalogue.feeds.values()
    return feed


def test_an_empty_file_is_a_hub_with_nothing_to_read(load: Load, tmp_path: Path) -> None:
    """Everything has a default: an empty file loads, and a warning says that there are no feeds."""
    loaded = load("")
    assert loaded.storage == f"sqlite:///{tmp_path}/data/feedhub.sqlite"
    assert (loaded.host, loaded.port, loaded.workers, loaded.data) == (
        "127.0.0.1",
        8000,
        16,
        tmp_path / "data",
    )
    assert list(loaded.catalogue.outputs) == ["all"]
    assert loaded.catalogue.site == model.Site()
    assert [warning.message for warning in loaded.warnings] == ["there are no feeds"]


def test_a_feed_has_the_defaults_of_the_model(load: Load) -> None:
    """A bare address is a feed with every default of `model.Feed`."""
    feed = only_feed(load("feeds: https://www.example.co.uk/news/rss.xml"))
    assert feed == model.Feed(
        id="example-co-uk-news-rss-xml",
        url="https://www.example.co.uk/news/rss.xml",
        category="general",
        host="www.example.co.uk",
        domain="example.co.uk",
        place=feed.place,
    )
    assert feed.place.endswith("feedhub.yaml:1")


def test_settings_are_inherited_from_defaults_and_category(load: Load) -> None:
    """A feed has what it says itself, else what its category says, else the defaults, else `fetch`."""
    feeds = load(
        "hub: {timezone: Asia/Shanghai}\n"
        "fetch: {timeout: 20s, max_bytes: 1MB, headers: {A: fetch, B: fetch}, allow_private: 10.0.0.1}\n"
        "defaults: {interval: 2h, max_bytes: 2MB, initial_items: 5, headers: {C: defaults}}\n"
        "categories:\n"
        "  one:\n"
        "    interval: 3h\n"
        "    tags: shared\n"
        "    headers: {b: category}\n"
        "    feeds:\n"
        "      - {id: a, url: https://a.org/, interval: 4h, tags: [own], allow_private: '10.0.0.2:80'}\n"
        "      - {id: b, url: https://b.org/, dates: {future: ignore}, timezone: UTC}\n"
        "feeds: {id: c, url: https://c.org/}\n"
    ).catalogue.feeds
    a, b, c = feeds["a"], feeds["b"], feeds["c"]
    assert [feed.interval for feed in (a, b, c)] == [
        timedelta(hours=4),
        timedelta(hours=3),
        timedelta(hours=2),
    ]
    assert (a.tags, b.tags, c.tags) == ({"own", "shared"}, {"shared"}, frozenset())
    assert a.fetch.headers == (("A", "fetch"), ("C", "defaults"), ("b", "category"))
    assert c.fetch.headers == (("A", "fetch"), ("B", "fetch"), ("C", "defaults"))
    assert a.fetch.allow_private == ("10.0.0.1", "10.0.0.2:80")
    assert a.fetch.limits == model.Limits(total_s=20.0, max_bytes=2_000_000)
    assert (a.timezone, b.timezone) == ("Asia/Shanghai", "UTC")
    assert (a.future_dates, b.future_dates) == ("clamp", "ignore")
    assert {feed.initial_items for feed in feeds.values()} == {5}
    assert b.fetch is not c.fetch


def test_every_request_setting_reaches_the_fetcher(load: Load) -> None:
    """What a feed says of its request stands in its `FetchOptions`."""
    feed = only_feed(
        load(
            "feeds:\n"
            "  url: https://a.org/\n"
            "  auth: {username: me, password: '${PASSWORD}'}\n"
            "  cookies: {sid: '1'}\n"
            "  user_agent: mine\n"
            "  accept: text/xml\n"
            "  proxy: http://proxy:3128\n"
            "  verify: false\n"
            "  ca_file: ca.pem\n"
            "  client_cert: [ca.pem, ca.pem]\n"
            "  connect_timeout: 1s\n"
            "  read_timeout: 1m30s\n"
            "  max_header_bytes: 1KiB\n"
            "  max_redirects: 0\n"
            "  max_entries: 7\n"
            "  encoding: gbk\n"
            "  identity: link\n"
            "  canonical_links: no\n",
            {"PASSWORD": "s:e c"},
            ca_pem="x",
        )
    )
    options = feed.fetch
    assert (options.username, options.password, options.cookies) == ("me", "s:e c", (("sid", "1"),))
    assert (options.user_agent, options.accept, options.proxy) == ("mine", "text/xml", "http://proxy:3128")
    assert (options.verify, len(options.client_cert)) == (False, 2)
    assert Path(options.ca_file).is_absolute()
    assert options.limits == model.Limits(
        connect_s=1.0, read_s=90.0, max_header_bytes=1024, max_redirects=0, max_entries=7
    )
    assert (feed.encoding, feed.identity, feed.links.canonical, feed.private) == ("gbk", "link", False, True)
    assert "s:e c" not in repr(feed)


@pytest.mark.parametrize(
    ("settings", "private"),
    [
        ("", False),
        (", headers: {Accept-Language: de}", False),
        (", headers: {Authorization: x}", True),
        (", headers: {X-Api-Key: x}", True),
        (", cookies: {a: b}", True),
        (", auth: {bearer: x}", True),
        (", auth: {bearer: x}, public: true", False),
        (", public: false", True),
    ],
)
def test_a_feed_with_credentials_is_private(settings: str, private: bool, load: Load) -> None:
    """Credentials of any kind make a feed private unless it says that it is public."""
    assert only_feed(load(f"feeds: {{url: https://a.org/{settings}}}")).private is private


def test_credentials_in_an_address_are_taken_out_of_it(load: Load) -> None:
    """`https://user:password@host/` asks with basic authentication; the address no longer holds them."""
    loaded = load("feeds: 'https://us%40er:pa%3Ass@a.org:8443/x?y'")
    feed = only_feed(loaded)
    assert feed.url == "https://a.org:8443/x?y"
    assert (feed.fetch.username, feed.fetch.password, feed.private) == ("us@er", "pa:ss", True)
    assert "pa:ss" not in repr(loaded)


def test_secrets_come_from_files_beside_the_configuration(load: Load, tmp_path: Path) -> None:
    """A `*_file` is read without its last line break, and watched like every file of the configuration."""
    loaded = load(
        "feeds:\n"
        "  - {id: a, url: https://a.org/, auth: {username: u, password_file: pw.txt}}\n"
        "  - {id: b, url: https://b.org/, auth: {bearer_file: pw.txt}}\n"
        "  - {id: c, url: https://c.org/, cookies_file: cookies.txt}\n",
        pw_txt="secret\n",
        cookies_txt="a=1\nb=2=3\n",
    )
    feeds = loaded.catalogue.feeds
    assert (feeds["a"].fetch.password, feeds["b"].fetch.bearer) == ("secret", "secret")
    assert feeds["c"].fetch.cookies == (("a", "1"), ("b", "2=3"))
    assert {path.name for path in loaded.files} == {"feedhub.yaml", "pw.txt", "cookies.txt"}


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("${A}", "x"),
        ("<${A}|${A}>", "<x|x>"),
        ("${NONE:-def: ault}", "def: ault"),
        ("${EMPTY:-default}", "default"),
        ("a${EMPTY}", "a"),
        ("$${A} $A {A}", "${A} $A {A}"),
    ],
)
def test_variables_are_filled_in_any_text(text: str, title: str, load: Load) -> None:
    """`${NAME}` is the environment's, `${NAME:-default}` has a default, `$${` is the text itself."""
    assert load(f"hub: {{title: '{text}'}}", {"A": "x", "EMPTY": ""}).catalogue.site.title == title


def test_a_variable_may_stand_for_a_number_or_a_switch(load: Load) -> None:
    """What a variable brings is read as if it stood there, in quotes or not."""
    loaded = load(
        "server: {port: '${PORT}'}\nfeeds: {url: https://a.org, adaptive: '${ON}'}",
        {"PORT": "81", "ON": "true"},
    )
    assert loaded.port == 81
    assert only_feed(loaded).adaptive is True


@pytest.mark.parametrize(
    "word", ["on", "no", "yes", "off", "y", "08", "1:30", "3.10", "0x1F", "1e3", "2026-01-01", "012"]
)
def test_words_that_yaml_once_took_for_something_else_stay_text(word: str, load: Load) -> None:
    """A tag or title is the text that the file has: no YAML 1.1 booleans, octals, sexagesimals or dates."""
    loaded = load(f"hub: {{title: {word}}}\nfeeds: {{url: https://a.org, tags: [{word}]}}")
    assert loaded.catalogue.site.title == word
    assert only_feed(loaded).tags == {word}


def test_numbers_are_text_where_text_is_meant(load: Load) -> None:
    """A year needs no quotes to be a title or a tag."""
    loaded = load("hub: {title: 1984}\nfeeds: {url: https://a.org, tags: 2026}")
    assert (loaded.catalogue.site.title, only_feed(loaded).tags) == ("1984", {"2026"})


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("1h30m", timedelta(minutes=90)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(weeks=2)),
        ("1d2h3m4s", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("0.5s", timedelta(milliseconds=500)),
        ("0", timedelta()),
    ],
)
def test_durations(text: str, span: timedelta, load: Load) -> None:
    """Durations are written with their units."""
    assert load(f"fetch: {{spacing: {text}}}").catalogue.spacing == span


@pytest.mark.parametrize(
    ("text", "size"),
    [("20MB", 20_000_000), ("512KiB", 524_288), ("1.5 kB", 1500), ("100", 100), ("2g", 2 * 10**9)],
)
def test_sizes(text: str, size: int, load: Load) -> None:
    """Sizes are decimal or binary, or bytes."""
    assert (
        only_feed(load(f"fetch: {{max_bytes: {text}}}\nfeeds: https://a.org")).fetch.limits.max_bytes == size
    )


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1:8900", "127.0.0.1:8900"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("10.0.0.0/8:80", "10.0.0.0/8:80"),
        ("'::1'", "::1"),
        ("'[::1]'", "::1"),
        ("'[::1]:80'", "[::1]:80"),
        ("'[FD00::/8]:80'", "[fd00::/8]:80"),
    ],
)
def test_private_addresses(text: str, kept: str, load: Load) -> None:
    """An address or network, with a port if wanted, is kept in one spelling."""
    assert only_feed(load(f"feeds: {{url: https://a.org, allow_private: {text}}}")).fetch.allow_private == (
        kept,
    )


def test_anchors_and_merge_keys_share_settings(load: Load) -> None:
    """Keys that begin with x- may hold anchors; `<<` brings them in, and what is written beside it wins."""
    loaded = load(
        "x-slow: &slow {interval: 6h, tags: [slow]}\n"
        "feeds:\n"
        "  - {<<: *slow, id: a, url: https://a.org}\n"
        "  - {<<: [*slow, {interval: 1h, identity: link}], id: b, url: https://b.org, tags: own}\n"
    )
    a, b = loaded.catalogue.feeds["a"], loaded.catalogue.feeds["b"]
    assert (a.interval, b.interval) == (timedelta(hours=6), timedelta(hours=6))
    assert (a.tags, b.tags, b.identity) == ({"slow"}, {"own"}, "link")


def test_ids_depend_on_the_address_alone(load: Load) -> None:
    """An id is readable, the same over http and https, with and without a slash, and unique."""
    one = load(
        "feeds: ['https://www.a.org/feed/', 'https://b.org/?f=A', 'https://b.org/?f=a', 'https://c.org/A']"
    )
    two = load("feeds: ['http://c.org/A', 'https://b.org/?f=a', 'http://a.org/feed', 'https://b.org/?f=A']")
    assert set(one.catalogue.feeds) == set(two.catalogue.feeds)
    assert "a-org-feed" in one.catalogue.feeds
    assert len(one.catalogue.feeds) == 4
    assert all("f-a" not in name for name in one.catalogue.feeds)


def test_addresses_that_look_alike_get_a_suffix(load: Load) -> None:
    """Two addresses with one slug are told apart by a hash, whatever their order; a given id stays."""
    one = load("feeds: [https://a.org/b-c, https://a.org/b/c]").catalogue.feeds
    two = load("feeds: [https://a.org/b/c, https://a.org/b-c]").catalogue.feeds
    assert {name: feed.url for name, feed in one.items()} == {name: feed.url for name, feed in two.items()}
    three = load("feeds: [https://a.org/b-c, {id: a-org-b-c, url: https://d.org}]").catalogue.feeds
    assert three["a-org-b-c"].url == "https://d.org"


@pytest.mark.parametrize(
    ("url", "host", "domain"),
    [
        ("https://feeds.bbci.co.uk/news", "feeds.bbci.co.uk", "bbci.co.uk"),
        ("https://someone.github.io/feed", "someone.github.io", "someone.github.io"),
        ("https://münchen.example.de/", "xn--mnchen-3ya.example.de", "example.de"),
        ("https://блог.пример.рф/", "xn--90aexm.xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai"),
        ("https://a.b.公司.cn/", "a.b.xn--55qx5d.cn", "b.xn--55qx5d.cn"),
        (
            "https://a.xn--strae-oqa.xn--55qx5d.cn/",
            "a.xn--strae-oqa.xn--55qx5d.cn",
            "xn--strae-oqa.xn--55qx5d.cn",
        ),
        ("http://192.168.1.5:80/", "192.168.1.5", ""),
        ("http://[::1]:80/", "::1", ""),
        ("http://localhost:1200/x", "localhost", ""),
        ("http://rsshub:1200/x", "rsshub", ""),
        ("http://nas.fritz.internal/x", "nas.fritz.internal", ""),
        ("https://EXAMPLE.org./", "example.org", "example.org"),
    ],
)
def test_the_domain_is_who_answers_for_the_host(url: str, host: str, domain: str, load: Load) -> None:
    """The registrable domain comes from the Public Suffix List; private hosts and addresses have none."""
    feed = only_feed(load(f"feeds: '{url}'"))
    assert (feed.host, feed.domain) == (host, domain)


def test_intervals_widen_the_bounds_that_nobody_set(load: Load) -> None:
    """An interval outside the default bounds moves them; bounds that are set stay."""
    feeds = load(
        "feeds: [{id: a, url: https://a.org, interval: 5m}, {id: b, url: https://b.org, interval: 3d},"
        " {id: c, url: https://c.org, interval: 5m, min_interval: 10m}]"
    ).catalogue.feeds
    assert feeds["a"].min_interval == timedelta(minutes=5)
    assert feeds["b"].max_interval == timedelta(days=3)
    assert feeds["c"].min_interval == timedelta(minutes=10)


def test_a_paused_feed_is_not_polled_and_breaks_no_address(load: Load) -> None:
    """A feed that is not enabled leaves the catalogue; its tag stays published, its id may be preferred."""
    loaded = load(
        "categories:\n"
        "  n:\n"
        "    duplicates: {prefer: a}\n"
        "    feeds: [{id: a, url: https://a.org, enabled: false, tags: rare}, {id: b, url: https://b.org}]\n"
        "outputs: {tag/rare: {limit: 5}}\n"
    )
    assert list(loaded.catalogue.feeds) == ["b"]
    assert loaded.catalogue.outputs["tag/rare"].limit == 5


def test_categories_and_their_duplicates(load: Load) -> None:
    """A category has a title, a slug and a policy, inherited from the defaults; a list of feeds will do."""
    categories = load(
        "defaults: {duplicates: {window: 1d, near: false}}\n"
        "categories:\n"
        "  World news: {title: World, duplicates: {near: true, prefer: [a]}, feeds: {id: a, url: https://a.org}}\n"
        "  经济: [https://b.org]\n"
        "  quiet: {slug: still, duplicates: false}\n"
    ).catalogue.categories
    assert categories == {
        "World news": model.Category(
            "World news", "World", "world-news", model.DuplicatePolicy(True, timedelta(days=1), True, ("a",))
        ),
        "经济": model.Category(
            "经济", "经济", "jingji", model.DuplicatePolicy(True, timedelta(days=1), False)
        ),
        "quiet": model.Category(
            "quiet", "quiet", "still", model.DuplicatePolicy(False, timedelta(days=1), False)
        ),
    }


def test_every_tag_and_category_is_published_without_being_listed(load: Load) -> None:
    """Tags of feeds, categories and rules have an output each, so have categories, and there is `all`."""
    outputs = load(
        "categories:\n"
        "  news: {title: World, tags: [cat], feeds: [{url: https://a.org, tags: [21世纪经济报道]}]}\n"
        "rules: {when: {title: x}, tags: [ruled]}\n"
    ).catalogue.outputs
    assert {(path, output.kind, output.title) for path, output in outputs.items()} == {
        ("all", "all", "FeedHub"),
        ("category/news", "category", "World"),
        ("tag/21shijijingjibaodao", "tag", "21世纪经济报道"),
        ("tag/cat", "tag", "cat"),
        ("tag/ruled", "tag", "ruled"),
    }


def test_outputs_add_and_refine(load: Load) -> None:
    """A key like `tag/NAME`, `category/NAME` or `all` refines what is there; any other adds."""
    outputs = load(
        "defaults: {outputs: {limit: 30, formats: atom}}\n"
        "categories: {news: {tags: [C++, 经济], feeds: https://a.org}}\n"
        "outputs:\n"
        "  all: {enabled: false}\n"
        "  tag/经济: {title: Economy, slug: economy}\n"
        "  category/news: {formats: [json, json], private: true}\n"
        "  Hot News: {from: {category: news}, min_sources: 3, max_age: 2d, content: summary}\n"
        "  short: {from: [C++, news], slug: brief}\n"
    ).catalogue.outputs
    assert set(outputs) == {"tag/economy", "tag/c", "category/news", "hot-news", "brief"}
    assert (outputs["tag/economy"].title, outputs["tag/economy"].limit) == ("Economy", 30)
    assert (outputs["category/news"].formats, outputs["category/news"].private) == (("json",), True)
    hot = outputs["hot-news"]
    assert (hot.kind, hot.title, hot.min_sources, hot.max_age) == ("named", "Hot News", 3, timedelta(days=2))
    assert (hot.formats, hot.content) == (("atom",), "summary")
    assert isinstance(outputs["brief"].where, model.AnyOf)


def test_rules_keep_their_order(load: Load) -> None:
    """Rules of the main file come first, then those of each include; one without a name is numbered."""
    rules = load(
        "include: more.yaml\n"
        "rules: [{when: {title: a}, tag: x, name: first}, {when: {title: b}, drop: true}]",
        more_yaml="rules: {when: {title: c}, tag: [y, z]}",
    ).catalogue.rules
    assert [(rule.name, sorted(rule.tags), rule.drop) for rule in rules] == [
        ("first", ["x"], False),
        ("rule 2", [], True),
        ("rule 3", ["y", "z"], False),
    ]


def test_includes_are_relative_to_the_including_file(load: Load, tmp_path: Path) -> None:
    """Patterns, nested includes and OPML bring feeds together; a category may be filled by several files."""
    loaded = load(
        "include: [conf__x, 'conf/*.yaml', list.opml]\ncategories: {news: {interval: 2h, feeds: https://a.org}}".replace(
            "conf__x, ", ""
        ),
        conf__b_yaml="categories: {news: https://b.org}".replace("https://b.org", "[https://b.org]"),
        conf__a_yaml="include: sub.yml\nfeeds: {url: https://c.org, category: news}",
        conf__sub_yml="feeds: {id: sub, url: https://d.org, auth: {bearer_file: token.txt}}",
        conf__token_txt="t",
        list_opml='<opml version="2.0"><body><outline text="News"><outline text="E" xmlUrl="https://e.org"/></outline></body></opml>',
    )
    feeds = loaded.catalogue.feeds
    assert {feed.url: feed.category for feed in feeds.values()} == {
        "https://a.org": "news",
        "https://b.org": "news",
        "https://c.org": "news",
        "https://d.org": "general",
        "https://e.org": "news",
    }
    assert feeds["b-org"].interval == timedelta(hours=2)
    assert feeds["sub"].fetch.bearer == "t"
    assert [path.name for path in loaded.files] == [
        "feedhub.yaml",
        "a.yaml",
        "sub.yml",
        "b.yaml",
        "list.opml",
        "token.txt",
    ]
    assert loaded.folders == ((tmp_path / "conf").resolve(),)


def test_a_feed_listed_twice_is_polled_once(load: Load) -> None:
    """The same feed over http and https, or with a slash, is one feed with all tags, and a warning."""
    loaded = load(
        "categories:\n"
        "  a: {tags: A, feeds: [{url: https://x.org/feed, tags: one}]}\n"
        "  b: {tags: B, feeds: [{url: 'http://x.org/feed/', tags: two}]}\n"
    )
    feed = only_feed(loaded)
    assert (feed.url, feed.category, feed.tags) == ("https://x.org/feed", "a", {"A", "B", "one", "two"})
    [warning] = loaded.warnings
    assert (warning.line, warning.path) == (3, "categories.b.feeds[0].url")
    assert "listed already" in warning.message
    assert "feedhub.yaml:2" in warning.message


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (
            "outputs: {x: {from: {tag: pyton}}}",
            "1:27: outputs.x.from.tag: nothing gives the tag pyton (did you mean python?)",
        ),
        (
            "outputs: {x: {from: {not: {category: [gone]}}}}",
            "1:39: outputs.x.from.not.category[0]: there is no category gone; declare it under categories",
        ),
        (
            "outputs: {x: {from: [python, ruby]}}",
            "1:30: outputs.x.from[1]: there is no tag or category ruby; from takes these, all, or a query, "
            "but no other output",
        ),
        (
            "outputs: {x: {from: ruby}}",
            "1:21: outputs.x.from: there is no tag or category ruby; from takes these, all, or a query, "
            "but no other output",
        ),
        (
            "rules: {when: {feed: nope}, drop: true}",
            "1:22: rules.when.feed: there is no feed nope; 'feedhub status' lists the ids",
        ),
        ("defaults: {verify: false}", ""),
    ],
)
def test_doubts_are_warnings(text: str, warning: str, load: Load, tmp_path: Path) -> None:
    """What may be meant but probably is not is a warning with its line."""
    loaded = load(f"{text}\nfeeds: {{url: https://a.org, tags: python}}")
    expected = [f"{tmp_path}/feedhub.yaml:{warning}"] if warning else []
    assert [str(found) for found in loaded.warnings] == expected


def test_storage_is_an_address(load: Load, tmp_path: Path) -> None:
    """A relative SQLite file is relative to the configuration; `sqlite` lies under `data`."""
    assert load("storage: sqlite:///db/x.sqlite").storage == f"sqlite:///{tmp_path}/db/x.sqlite"
    assert load("hub: {data: d}\nstorage: sqlite").storage == f"sqlite:///{tmp_path}/d/feedhub.sqlite"


def test_the_hub_is_found_where_it_is_served(load: Load) -> None:
    """Without `hub.url` links are built on the server's own address; with it, on that, ending in a slash."""
    assert load("server: {host: 0.0.0.0, port: 81}").catalogue.site.url == "http://127.0.0.1:81/"
    assert load("hub: {url: 'https://f.org/x'}").catalogue.site.url == "https://f.org/x/"


def test_find_looks_in_four_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file asked for, then the environment's, then ./config, then the user's own; else an error."""
    monkeypatch.chdir(tmp_path)
    home = {"HOME": str(tmp_path / "home")}
    with pytest.raises(ConfigError, match="feedhub init"):
        config.find(None, home)
    mine = tmp_path / "home/.config/feedhub/feedhub.yaml"
    for path in (mine, tmp_path / "config/feedhub.yaml", tmp_path / "named.yaml"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    assert config.find(Path("named.yaml"), home) == Path("named.yaml")
    assert config.find(None, {**home, "FEEDHUB_CONFIG": "named.yaml"}) == Path("named.yaml")
    assert config.find(None, home) == Path("config/feedhub.yaml")
    Path("config/feedhub.yaml").unlink()
    assert config.find(None, home) == mine
    with pytest.raises(ConfigError, match="given with -c"):
        config.find(Path("nope.yaml"), home)


def test_five_thousand_feeds_load(load: Load) -> None:
    """A large file loads whole, each feed with its own id and line."""
    lines = ["categories:"]
    for number in range(5000):
        if number % 500 == 0:
            lines += [f"  c{number}:", "    feeds:"]
        lines += [f"      - url: https://h{number}.example.org/feed.xml", "        tags: [a, b]"]
    loaded = load("\n".join(lines))
    assert len(loaded.catalogue.feeds) == 5000
    assert loaded.catalogue.feeds["h4999-example-org-feed-xml"].place.endswith(f":{len(lines) - 1}")


def test_links_of_all_levels_are_added(load: Load) -> None:
    """Parameters and redirectors of every level hold together; a feed may switch all of it off."""
    catalogue = load(
        "defaults: {canonical_links: {strip: Ref, unwrap: {'https://www.Agg.example/go': url}}}\n"
        "categories:\n"
        "  news:\n"
        "    canonical_links: {keep: [utm_id], unwrap: {hop.example: }}\n"
        "    feeds: [https://a.org/, {url: 'https://b.org/', canonical_links: false}]\n"
    ).catalogue
    a, b = catalogue.feeds.values()
    assert a.links == model.LinkPolicy(
        strip=frozenset({"ref"}),
        keep=frozenset({"utm_id"}),
        unwrap=(("agg.example/go", ("url",)), ("hop.example", ())),
    )
    assert b.links == replace(a.links, canonical=False)
