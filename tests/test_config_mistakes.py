"""Every kind of mistake in the YAML has its line, its column and a sentence that says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedhub import config
from feedhub.errors import ConfigError

SECRET = "hunter2hunter2"

MISTAKES: list[tuple[str, str, list[str]]] = [
    # unknown keys
    ("unknown section", "hubb: {title: x}\n", ["1:1: hubb: unknown key hubb (did you mean hub?)"]),
    ("section forgotten", "title: x\n", ["1:1: title: unknown key title (it belongs under hub)"]),
    (
        "unknown key of a feed",
        "feeds:\n  - url: https://a.org/x\n    intervall: 1h\n",
        ["3:5: feeds[0].intervall: unknown key intervall (did you mean interval?)"],
    ),
    (
        "unknown key of an output",
        "outputs:\n  x: {from: {title: a}, form: y}\n",
        ["2:25: outputs.x.form: unknown key form (did you mean from?)"],
    ),
    ("unknown key like no other", "hub: {qqqq: 1}\n", ["1:7: hub.qqqq: unknown key qqqq"]),
    # YAML itself
    (
        "key twice",
        "hub:\n  title: a\n  title: b\n",
        ["3:3: hub.title: the key title is given twice, in lines 2 and 3"],
    ),
    (
        "redirector",
        "defaults:\n  canonical_links: {unwrap: {go: url}}\n",
        [
            "2:34: defaults.canonical_links.unwrap.go: a redirector is named by its host, or host and path: "
            "news.example.com/go"
        ],
    ),
    ("tab", "hub:\n\ttitle: x\n", ["2:1: a tab cannot indent; use spaces"]),
    ("open quote", 'hub: {title: "x}\n', ["1:14: not valid YAML: a quote is opened and never closed"]),
    (
        "colon in text",
        "hub:\n  title: a: b\n",
        ["2:11: not valid YAML: a colon too many here; put text that contains ': ' in quotes"],
    ),
    (
        "indentation",
        "hub:\n    title: a\n  url: b\n",
        ["3:3: not valid YAML: this line does not fit the indentation or the quotes around it"],
    ),
    (
        "code",
        "hub:\n  title: !!python/object/apply:os.system [ls]\n",
        [
            "2:10: hub.title: the tag !!python/object/apply:os.system is not supported: write a plain value",
        ],
    ),
    (
        "date tag",
        "hub: {title: !!timestamp 2026-01-01}\n",
        ["1:14: hub.title: the tag !!timestamp is not supported: write a plain value"],
    ),
    (
        "two documents",
        "hub: {}\n---\nhub: {}\n",
        ["2:1: not valid YAML: one file holds one document: remove the second ---"],
    ),
    ("a list", "- a\n", ["1:1: a configuration is a mapping (hub: ..., feeds: ...), not a list"]),
    (
        "control character",
        'hub: {title: "\x07"}\n',
        ["1:15: a control character (U+0007) has no place in YAML"],
    ),
    (
        "bracket open at the end",
        "feeds: [",
        ["2:1: not valid YAML: a value is missing, or a bracket is opened and not closed"],
    ),
    (
        "unknown alias",
        "drop: *rust\n",
        [
            "1:7: not valid YAML: *rust is an alias, and there is no &rust above it; "
            "for the text itself write it in quotes: '*rust'"
        ],
    ),
    (
        "colon in text in braces",
        "hub: {title: My: feeds}\n",
        ["1:16: not valid YAML: a colon too many here; put text that contains ': ' in quotes"],
    ),
    ("alias of itself", "x-a: &a [*a]\n", ["1:6: x-a[0]: an anchor contains itself"]),
    ("too deep", "x-a: " + "[" * 100_000, ["1:65: nested deeper than 60 levels"]),
    (
        "key that is a list",
        "hub:\n  ? [a]\n  : b\n",
        ["2:5: hub: a key must be a word, not a list or a mapping"],
    ),
    ("merge of text", "hub:\n  <<: x\n", ["2:7: hub.<<: << merges mappings: write <<: *anchor"]),
    # kinds of value
    (
        "duration without unit",
        "defaults: {interval: 30}\n",
        [
            "1:22: defaults.interval: a duration is written with its unit, such as 90s, 15m, 1h30m or 7d "
            "(did you mean 30s or 30m?)"
        ],
    ),
    (
        "duration spelled out",
        "defaults: {interval: 15 minutes}\n",
        [
            "1:22: defaults.interval: a duration is written with its unit, such as 90s, 15m, 1h30m or 7d "
            "(did you mean 15m?)"
        ],
    ),
    ("no duration", "hub: {retention: 0}\n", ["1:18: hub.retention: must be longer than nothing"]),
    (
        "size",
        "fetch: {max_bytes: lots}\n",
        ["1:20: fetch.max_bytes: a size is written such as 20MB, 512KiB, or as a number of bytes"],
    ),
    ("number too large", "server: {port: 80000}\n", ["1:16: server.port: must be at most 65535"]),
    ("no number", "server: {port: many}\n", ["1:16: server.port: a whole number is meant here, not text"]),
    (
        "no switch",
        "defaults: {adaptive: maybe}\n",
        ["1:22: defaults.adaptive: true or false is meant here, not text"],
    ),
    ("no text", "hub: {title: [a]}\n", ["1:14: hub.title: a text is meant here, not a list"]),
    (
        "no mapping",
        "categories: {a: 5}\n",
        ["1:17: categories.a: a mapping (key: value) is meant here, not a number"],
    ),
    (
        "no such choice",
        "defaults: {identity: guidd}\n",
        ["1:22: defaults.identity: one of auto, guid, link, title is meant here (did you mean guid?)"],
    ),
    (
        "time zone",
        "hub: {timezone: Berlin}\n",
        ["1:17: hub.timezone: 'Berlin' is no time zone (did you mean Europe/Berlin?)"],
    ),
    (
        "encoding",
        "defaults: {encoding: utf-99}\n",
        [
            "1:22: defaults.encoding: 'utf-99' is no character encoding, such as utf-8, gb18030 "
            "or windows-1252"
        ],
    ),
    (
        "slug",
        "categories: {b: {slug: X Y}}\n",
        ["1:24: categories.b.slug: a slug is made of a-z, 0-9 and single hyphens, such as world-news"],
    ),
    (
        "tag",
        "rules: {when: {title: a}, tag: /x}\n",
        ["1:32: rules.tag: a name cannot start with /: that begins a regular expression in conditions"],
    ),
    (
        "private addresses",
        'fetch: {allow_private: [127.0.0.1/8, "[::1]:99999", localhost]}\n',
        [
            "1:25: fetch.allow_private[0]: '127.0.0.1/8' is an address inside a network "
            "(did you mean 127.0.0.0/8 or 127.0.0.1?)",
            "1:38: fetch.allow_private[1]: the port 99999 is not between 1 and 65535",
            "1:53: fetch.allow_private[2]: 'localhost' is no address or network, such as 127.0.0.1, "
            "10.0.0.0/8 or 192.168.1.5:8080",
        ],
    ),
    # addresses
    ("no scheme", "feeds: example.org/feed\n", ["1:8: feeds: an address starts with https:// or http://"]),
    (
        "other scheme",
        "feeds: ['ftp://x.org/y']\n",
        ["1:9: feeds[0]: only http and https addresses are asked, not ftp:"],
    ),
    (
        "program",
        "feeds: ['exec:rm']\n",
        ["1:9: feeds[0]: only http and https addresses are asked, not exec:"],
    ),
    (
        "space",
        "feeds: ['https://a.org/x y']\n",
        ["1:9: feeds[0]: the character ' ' cannot stand in an address; write %20"],
    ),
    ("no host", "feeds: ['https:///x']\n", ["1:9: feeds[0]: this address names no host"]),
    (
        "port",
        "feeds: ['https://x:99999/']\n",
        ["1:9: feeds[0]: this address cannot be read: its host or port is broken"],
    ),
    ("no address", "feeds:\n  - title: x\n", ["2:5: feeds[0]: url is missing"]),
    (
        "our own output",
        "feeds: ['http://127.0.0.1:8000/tag/x.atom']\nrules: [{when: {title: a}, tag: x}]\n",
        ["1:9: feeds[0]: this is an output of this very hub"],
    ),
    # environment and secrets
    (
        "variable not set",
        "hub:\n  title: ${NOPE}\n",
        ["2:10: hub.title: the environment variable NOPE is not set (a default is written ${NOPE:-default})"],
    ),
    (
        "variable not closed",
        "hub: {title: '${no pe}'}\n",
        ["1:14: hub.title: ${ starts a variable, as in ${NAME}; for the text itself write $${"],
    ),
    (
        "credentials twice",
        f"feeds:\n  - {{url: 'https://u:{SECRET}@a.org/', auth: {{username: x, password: {SECRET}}}}}\n",
        ["2:11: feeds[0].url: credentials are given twice, in the address and under auth"],
    ),
    (
        "password alone",
        f"feeds: {{url: 'https://a.org', auth: {{password: {SECRET}}}}}\n",
        ["1:37: feeds.auth: username is missing"],
    ),
    (
        "password is a list",
        f"feeds: {{url: 'https://a.org', auth: {{username: u, password: [{SECRET}]}}}}\n",
        ["1:61: feeds.auth.password: a text is meant here, not a list"],
    ),
    (
        "bearer and password",
        f"feeds: {{url: 'https://a.org', auth: {{username: u, bearer: {SECRET}}}}}\n",
        ["1:37: feeds.auth: either username and password, or bearer, not both"],
    ),
    (
        "secret's file",
        "feeds: {url: 'https://a.org', auth: {bearer_file: nope}}\n",
        ["1:51: feeds.auth.bearer_file: nope cannot be read: No such file or directory"],
    ),
    (
        "storage",
        f"storage: mysql://root:{SECRET}@x/y\n",
        ["1:10: storage: storage is sqlite or sqlite:///FILE; other databases are not supported yet"],
    ),
    (
        "broken address with a secret",
        f"feeds: ['https://u:{SECRET}@a.org:x/']\n",
        ["1:9: feeds[0]: this address cannot be read: its host or port is broken"],
    ),
    (
        "proxy",
        f"fetch: {{proxy: 'socks5://u:{SECRET}@a:1'}}\n",
        ["1:16: fetch.proxy: a proxy is written http://host:port"],
    ),
    ("header name", "defaults: {headers: {'X Y': z}}\n", ["1:21: defaults.headers: 'X Y' is no header name"]),
    (
        "header value",
        'defaults: {headers: {X: "a\\nb"}}\n',
        ["1:25: defaults.headers.X: a header's value cannot contain a line break or a control character"],
    ),
    (
        "secret for everyone",
        f"fetch: {{headers: {{Authorization: {SECRET}}}}}\n",
        [
            "1:34: fetch.headers.Authorization: Authorization would go to every publisher; "
            "give it to a category or a feed"
        ],
    ),
    ("certificate", "fetch: {client_cert: [a.pem]}\n", ["1:23: fetch.client_cert[0]: a.pem: no such file"]),
    # references
    (
        "preferred feed",
        "categories:\n  n:\n    duplicates: {prefer: bbd}\n    feeds: [{id: bbc, url: https://b.org/}]\n",
        ["3:26: categories.n.duplicates.prefer: there is no feed bbd (did you mean bbc?)"],
    ),
    (
        "id twice",
        "feeds:\n  - {id: a, url: https://b.org/}\n  - {id: A, url: https://c.org/}\n",
        ["3:10: feeds[1].id: the id A is taken, by {file}:2"],
    ),
    (
        "category twice",
        "categories: {a: {feeds: [{url: https://x.org, category: b}]}}\n",
        ["1:57: categories.a.feeds[0].category: this feed is listed under the category a; remove the key"],
    ),
    (
        "slug twice",
        "categories: {a: {slug: x}, b: {slug: x}}\n",
        ["1:38: categories.b.slug: the category a has this slug already"],
    ),
    (
        "bounds",
        "feeds: {url: 'https://a.org/', min_interval: 2h, max_interval: 1h}\n",
        ["1:8: feeds: min_interval is longer than max_interval"],
    ),
    # rules and outputs
    (
        "field",
        "rules: [{when: {titel: x}, tag: y}]\n",
        ["1:24: rules[0].when.titel: unknown field titel; did you mean title?"],
    ),
    ("no condition", "rules:\n  - {tag: z}\n", ["2:5: rules[0]: when is missing"]),
    (
        "no action",
        "rules:\n  - {when: {title: x}}\n",
        ["2:5: rules[0]: this rule does nothing: give it tag, untag, set, drop or stop"],
    ),
    (
        "reserved",
        "outputs:\n  status: {from: {title: x}}\n",
        ["2:11: outputs.status: the name status belongs to FeedHub's own pages; choose another, or a slug"],
    ),
    (
        "same path",
        "outputs:\n  a b: {from: {title: x}}\n  a-b: {from: {title: x}}\n",
        ["3:3: outputs.a-b: its path /a-b is taken, by {file}:2"],
    ),
    (
        "no from",
        "outputs:\n  x: {title: x}\n",
        ["2:6: outputs.x: from is missing: which stories does it publish?"],
    ),
    (
        "tag that nobody gives",
        "categories: {a: {tags: news}}\noutputs:\n  tag/nws: {limit: 3}\n",
        ["3:3: outputs.tag/nws: no feed or rule gives the tag nws (did you mean news?)"],
    ),
    (
        "format",
        "outputs:\n  x: {from: {title: y}, formats: [atom, rsss]}\n",
        ["2:41: outputs.x.formats[1]: one of atom, rss, json is meant here (did you mean rss?)"],
    ),
    (
        "per_feed_limit",
        "outputs:\n  x: {from: {title: y}, per_feed_limit: 0, initial_items: -1}\n",
        [
            "2:41: outputs.x.per_feed_limit: must be at least 1",
            "2:59: outputs.x.initial_items: must be at least 0",
        ],
    ),
    (
        "digest",
        "outputs:\n  x: {from: {title: y}, digest: every day}\n"
        "  y: {from: {title: y}, digest: daily at 25:00}\n",
        [
            "2:33: outputs.x.digest: a digest is written such as daily at 07:00 or weekly on monday at 07:00",
            "3:33: outputs.y.digest: there is no 25:00; a day ends at 23:59",
        ],
    ),
    (
        "archive of what has none",
        "outputs:\n  x: {from: {title: y}, private: true, archive: true}\n"
        "  y: {from: {title: y}, archive: true, digest: weekly on sun at 7:05}\n",
        [
            "2:49: outputs.x.archive: a private output has no archive: its pages would name its address",
            "3:34: outputs.y.archive: a digest has no archive: a digest is never changed anyway",
        ],
    ),
    # includes
    ("no file", "include: [nope.yaml]\n", ["1:11: include[0]: nope.yaml: no such file"]),
    (
        "remote include",
        "include: https://x.org/a.opml\n",
        ["1:10: include: only files can be included, no addresses"],
    ),
]


@pytest.mark.parametrize(
    ("text", "expected"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES]
)
def test_a_mistake_has_its_line(text: str, expected: list[str], tmp_path: Path) -> None:
    """A mistake is one line `file:line:column: path: what is wrong`, and no line repeats a secret."""
    file = tmp_path / "feedhub.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        config.load(file, {})
    lines = str(caught.value).splitlines()
    assert lines == [f"{file}:{line.replace('{file}', str(file))}" for line in expected]
    assert SECRET not in str(caught.value) + repr(caught.value)


def test_every_mistake_is_reported_at_once(tmp_path: Path) -> None:
    """Mistakes of shape, of value and of reference come together, from top to bottom, file by file."""
    (tmp_path / "feedhub.yaml").write_text(
        "hub: {titel: x}\n"
        "defaults: {interval: fast}\n"
        "feeds:\n"
        "  - nonsense\n"
        "  - {url: https://a.org/, id: same}\n"
        "  - {url: https://b.org/, id: same, tags: [ok, [bad]]}\n"
        "outputs: {metrics: {from: {tag: ok}}}\n"
        "include: other.yaml\n"
    )
    (tmp_path / "other.yaml").write_text("rules:\n  - {when: {title: a}, tagg: b}\nserver: {port: no}\n")
    with pytest.raises(ConfigError) as caught:
        config.load(tmp_path / "feedhub.yaml", {})
    found = [(Path(problem.file).name, problem.line, problem.path) for problem in caught.value.problems]
    assert found == [
        ("feedhub.yaml", 1, "hub.titel"),
        ("feedhub.yaml", 2, "defaults.interval"),
        ("feedhub.yaml", 4, "feeds[0]"),
        ("feedhub.yaml", 6, "feeds[2].id"),
        ("feedhub.yaml", 6, "feeds[2].tags[1]"),
        ("feedhub.yaml", 7, "outputs.metrics"),
        ("other.yaml", 2, "rules[0].tagg"),
        ("other.yaml", 3, "server.port"),
    ]


def test_billion_laughs_are_refused(tmp_path: Path) -> None:
    """Aliases of aliases that would fill the memory end at a bound, quickly."""
    lines = ["x-0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    (tmp_path / "feedhub.yaml").write_text("\n".join(lines))
    with pytest.raises(ConfigError, match="aliases repeat more than 100000 values"):
        config.load(tmp_path / "feedhub.yaml", {})


@pytest.mark.parametrize(
    ("raw", "message"),
    [(None, "cannot be read: No such file"), (b"hub: \xff\xfe\n", r"not UTF-8 text \(line 1\)")],
)
def test_a_file_that_cannot_be_read_says_so(raw: bytes | None, message: str, tmp_path: Path) -> None:
    """A missing or binary file is one problem, not a traceback."""
    file = tmp_path / "feedhub.yaml"
    if raw is not None:
        file.write_bytes(raw)
    with pytest.raises(ConfigError, match=message):
        config.load(file, {})


def test_including_files_in_a_circle_is_a_mistake(tmp_path: Path) -> None:
    """The include that closes the circle is named; a pattern that matches its own file is not a circle."""
    (tmp_path / "feedhub.yaml").write_text("include: [a.yaml, '*.yaml']\n")
    (tmp_path / "a.yaml").write_text("include: feedhub.yaml\n")
    with pytest.raises(ConfigError) as caught:
        config.load(tmp_path / "feedhub.yaml", {})
    assert str(caught.value) == (
        f"{tmp_path}/a.yaml:1:10: include: feedhub.yaml includes itself, by way of the files above"
    )


def test_a_section_belongs_in_one_file(tmp_path: Path) -> None:
    """What holds for the whole hub is set once; so is each key of a category that several files share."""
    (tmp_path / "feedhub.yaml").write_text(
        "hub: {title: a}\ncategories: {n: {interval: 1h}}\ninclude: b.yaml\noutputs: {x: {from: n}}\n"
    )
    (tmp_path / "b.yaml").write_text(
        "hub: {url: 'http://x/'}\ncategories: {n: {interval: 2h, title: N}}\noutputs: {x: {from: n}}\n"
    )
    with pytest.raises(ConfigError) as caught:
        config.load(tmp_path / "feedhub.yaml", {})
    main, other = tmp_path / "feedhub.yaml", tmp_path / "b.yaml"
    assert str(caught.value).splitlines() == [
        f"{other}:1:1: hub: hub is set already, in {main}:1",
        f"{other}:2:28: categories.n.interval: interval is set already, in {main}:2",
        f"{other}:3:11: outputs.x: this output is defined already, in {main}:4",
    ]
