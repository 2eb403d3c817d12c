"""The program as it runs: a configuration is put in force, or it is not."""

from __future__ import annotations

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
