"""What documents the YAML agrees with what reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from feedhub import config

ROOT = Path(__file__).resolve().parents[1]
EVERYTHING = """
hub: {title: t, url: 'https://f.org/', description: d, author: a, language: en, timezone: UTC, data: d,
      retention: 1d, hubs: 'https://hub.org/'}
storage: sqlite
server: {host: h, port: 1}
fetch: {workers: 1, processes: 1, per_host: 1, spacing: 1s, timeout: 1m, max_bytes: 1MB, headers: {a: b},
        allow_private: ['127.0.0.1:1', '10.0.0.0/8'], client_cert: [a, b], proxy: 'http://p:1', verify: true}
defaults: {interval: 1h30m, dates: {future: ignore}, duplicates: false, outputs: {limit: 1}}
categories:
  a: {title: a, slug: a, tags: [x], duplicates: {window: 1d, near: true, prefer: x}, feeds: ['https://a.org']}
  b: ['https://b.org', {url: 'https://c.org', tags: x}]
feeds: {url: 'https://d.org', id: x, category: a, auth: {username: u, password: p}, cookies: {a: b},
        public: true}
rules: [{when: {title: a}, tag: [x], drop: true, name: n}]
outputs: {x: {from: [a, b], formats: atom, max_age: 1d}, y: {from: {all: [{tag: x}]}}, all: null}
include: ['*.yaml']
x-mine: [1]
"""


def validator() -> Any:
    jsonschema = pytest.importorskip("jsonschema")
    schema = config.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_starter_is_the_example_in_the_repository() -> None:
    """`feedhub init` writes what config/feedhub.yaml shows."""
    assert config.starter() == (ROOT / "config" / "feedhub.yaml").read_text("utf-8")


def test_the_starter_teaches_with_a_dozen_feeds_and_no_doubts() -> None:
    """The starter loads without a warning: a dozen feeds in three categories."""
    loaded = config.load(ROOT / "config" / "feedhub.yaml", {})
    assert (len(loaded.catalogue.feeds), len(loaded.catalogue.categories), loaded.warnings) == (12, 3, ())
    assert loaded.data == ROOT / "data"


def test_the_starter_is_valid_by_the_schema() -> None:
    """An editor that checks by the schema finds nothing in the starter."""
    validator().validate(yaml.safe_load(config.starter()))


def test_the_schema_takes_every_form_that_the_program_takes() -> None:
    """One value or a list, an address or a mapping, a switch or a policy: the schema knows both."""
    validator().validate(yaml.safe_load(EVERYTHING))


@pytest.mark.parametrize(
    "wrong",
    [
        "hubb: {}",
        "server: {port: many}",
        "feeds: [{title: x}]",
        "defaults: {interval: 15 minutes}",
        "outputs: {x: {order: x}}",
    ],
)
def test_the_schema_refuses_mistakes(wrong: str) -> None:
    """Unknown keys, wrong kinds, missing keys and bad choices are underlined by an editor too."""
    assert list(validator().iter_errors(yaml.safe_load(wrong)))


def test_every_key_is_documented() -> None:
    """Each key of each mapping has a sentence, and stands in the reference with its type."""
    schema = config.schema()
    tables = config.reference()
    for shape in [schema, *schema["$defs"].values()]:
        for key, value in shape.get("properties", {}).items():
            assert value.get("description"), key
            assert f"| `{key}` |" in tables, key
    assert "| any |" not in tables


def test_documented_defaults_are_the_defaults(tmp_path: Path) -> None:
    """A file that spells out every default of the reference means the same as one that says nothing."""
    schema = config.schema()

    def defaults(shape: str, *without: str) -> dict[str, Any]:
        properties = schema["$defs"][shape]["properties"]
        return {
            key: value["default"]
            for key, value in properties.items()
            if "default" in value and key not in without
        }

    spelled = {
        "hub": defaults("Hub"),
        "storage": schema["properties"]["storage"]["default"],
        "server": defaults("Server"),
        "fetch": defaults("Fetch", "user_agent"),
        "defaults": {
            **defaults("Defaults", "user_agent"),
            "dates": defaults("Dates"),
            "duplicates": defaults("Duplicates"),
            "outputs": defaults("OutputSettings"),
        },
        "feeds": [{"url": "https://a.org/", **defaults("Feed", "user_agent")}],
        "outputs": {"x": {"from": {"title": "a"}, **defaults("Output")}},
        "rules": [{"when": {"title": "a"}, "tag": "b", **defaults("Rule")}],
    }
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(spelled))
    short = {
        "feeds": ["https://a.org/"],
        "outputs": {"x": {"from": {"title": "a"}}},
        "rules": [{"when": {"title": "a"}, "tag": "b"}],
    }
    (tmp_path / "b.yaml").write_text(yaml.safe_dump(short))
    one, two = config.load(tmp_path / "a.yaml", {}), config.load(tmp_path / "b.yaml", {})
    place = {key: feed.place for key, feed in two.catalogue.feeds.items()}
    assert {key: repr(feed).replace(feed.place, "") for key, feed in one.catalogue.feeds.items()} == {
        key: repr(feed).replace(place[key], "") for key, feed in two.catalogue.feeds.items()
    }
    assert one.catalogue.outputs == two.catalogue.outputs
    assert one.catalogue.categories == two.catalogue.categories
    assert (one.catalogue.site, one.catalogue.rules, one.catalogue.spacing) == (
        two.catalogue.site, two.catalogue.rules, two.catalogue.spacing,
    )  # fmt: skip
    assert (one.storage, one.data, one.host, one.port, one.workers) == (
        two.storage, two.data, two.host, two.port, two.workers,
    )  # fmt: skip
