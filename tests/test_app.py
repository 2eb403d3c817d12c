"""The program as it runs: a configuration is put in force, or it is not."""

from __future__ import annotations

from multiprocessing import active_children
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from feedhub import config
from feedhub.app import App


@pytest.mark.parametrize(
    ("edited", "told"),
    [
        ("feeds: [\n", "not valid YAML"),
        ("", "the file is empty"),
        ("\n \n", "the file is empty"),
        ("feed: x\n", "unknown key feed (did you mean feeds?)"),
    ],
)
def test_an_edit_that_cannot_be_meant_changes_nothing(edited: str, told: str, tmp_path: Path) -> None:
    """A wrong file is not taken over, nor one that was emptied: the last good one stays in force."""
    file = tmp_path / "feedhub.yaml"
    file.write_text("feeds: [https://a.example/]\n")
    with App(config.load(file, {})) as app:
        file.write_text(edited)
        with capture_logs() as logs:
            assert not app.reload(file, {})
        assert list(app.hub.catalogue.feeds) == ["a-example"]
        assert app.mistakes == 1
        assert told in logs[0]["problem"]
        file.write_text("feeds: []\n")
        assert app.reload(file, {})
        assert (app.mistakes, app.hub.catalogue.feeds) == (0, {})


def test_only_what_polls_has_processes(tmp_path: Path) -> None:
    """Feeds are polled in the processes that the file asks for; what only looks at the hub starts none."""
    file = tmp_path / "feedhub.yaml"
    file.write_text(
        "fetch: {processes: 1, timeout: 5s, allow_private: [127.0.0.0/8]}\nfeeds: ['http://127.0.0.1:1/feed']\n"
    )
    with App(config.load(file, {})):
        assert not active_children()
    with App(config.load(file, {}), polling=True) as app:
        assert [polled.result.reason for polled in app.hub.poll_due()] == ["connect"]
        assert len(active_children()) == 1
    assert not active_children()
