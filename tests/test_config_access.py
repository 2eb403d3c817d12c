"""What opens private outputs, as configured."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedhub import config
from feedhub.errors import ConfigError
from feedhub.model import Access

TOKEN = "s3cret-s3cret-s3cret"


def loaded(folder: Path, output: str) -> config.Config:
    """Return the configuration of one output, written in one line of YAML."""
    file = folder / "feedhub.yaml"
    file.write_text(f"feeds: [https://a.example/f]\noutputs:\n  mine: {{from: 'text:x', {output}}}\n")
    return config.load(file, {"TOKEN": TOKEN})


@pytest.mark.parametrize(
    ("output", "access"),
    [
        ("private: true", Access()),
        ("private: true, token: '${TOKEN}'", Access(token=TOKEN)),
        ("private: true, token_file: secret", Access(token=TOKEN)),
        ("private: true, auth: {username: me, password: pa:ss}", Access(username="me", password="pa:ss")),
        ("private: true, auth: {username: me, password_file: secret}", Access(username="me", password=TOKEN)),
    ],
)
def test_access(tmp_path: Path, output: str, access: Access) -> None:
    """A private output has the token or the user that is written, from the environment or a file too."""
    secret = tmp_path / "secret"
    secret.write_text(f"{TOKEN}\n")
    found = loaded(tmp_path, output)
    assert found.catalogue.outputs["mine"].access == access
    assert (secret.resolve() in found.files) == ("_file" in output)
    assert TOKEN not in repr(found)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (
            "private: true, token: s3cret",
            "outputs.mine.token: a token stands in an address: 16 to 200 letters",
        ),
        ("private: true, token: s3cret/s3cret/s3cret", "16 to 200 letters, digits, '-' and '_'"),
        ("private: true, token_file: short", "outputs.mine.token_file: a token stands in an address"),
        ("private: true, token_file: absent", "outputs.mine.token_file: absent cannot be read"),
        (
            "token: s3cret-s3cret-s3cret",
            "outputs.mine.token: token opens what is private; write private: true",
        ),
        ("auth: {username: me, password: s3cret}", "outputs.mine.auth: auth opens what is private"),
        ("private: true, auth: {username: me}", "a password or a password_file is wanted, one of them"),
        ("private: true, auth: {username: 'm:e', password: s3cret}", "visible text without a colon"),
        (
            "private: true, token: s3cret-s3cret-s3cret, auth: {username: me, password: x}",
            "either token or auth",
        ),
    ],
)
def test_mistakes(tmp_path: Path, output: str, message: str) -> None:
    """A mistake is named with its place, and no secret is repeated."""
    (tmp_path / "short").write_text("s3cret")
    with pytest.raises(ConfigError) as raised:
        loaded(tmp_path, output)
    text = "\n".join(f"{one.path}: {one.message}" for one in raised.value.problems)
    assert message in text and "s3cret" not in text


@pytest.mark.parametrize(
    ("jekyll", "message"),
    [
        ("{archive_after: 3d}", "exporters.jekyll: dir is missing"),
        ("{dir: data}", "exporters.jekyll.dir: the data folder is FeedHub's own: choose another"),
        ("{dir: data/public/posts}", "the data folder is FeedHub's own"),
        ("{dir: site, archive: ../x}", "exporters.jekyll.archive: a name here is made of letters"),
        ("{dir: site, layout: 'a: b'}", "exporters.jekyll.layout"),
        (
            "{dir: site, archive_after: 3}",
            "exporters.jekyll.archive_after: a duration is written with its unit",
        ),
    ],
)
def test_mistakes_in_exporters(tmp_path: Path, jekyll: str, message: str) -> None:
    """Nothing is exported to where it would be lost, or under a name that leads elsewhere."""
    file = tmp_path / "feedhub.yaml"
    file.write_text(f"feeds: [https://a.example/f]\nexporters: {{jekyll: {jekyll}}}\n")
    with pytest.raises(ConfigError) as raised:
        config.load(file, {})
    text = "\n".join(f"{one.path}: {one.message}" for one in raised.value.problems)
    assert message in text
