"""The documentation says what the program says."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from feedhub import config
from feedhub.pages import FeedHealth, views
from feedhub.pages.inquiry import Answer
from feedhub.rules import FIELDS

ROOT = Path(__file__).resolve().parents[1]


def test_every_key_is_documented() -> None:
    """docs/configuration.md holds the table that `feedhub check --reference` prints, whole."""
    assert config.reference().strip() in (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")


def test_links_lead_somewhere() -> None:
    """Every relative link of the Markdown files names a file that is there."""
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize(
    ("name", "least"), [("rules", 4), ("sources", 3), ("coming-from", 4), ("duplicates", 2)]
)
def test_the_examples_are_good(tmp_path: Path, name: str, least: int) -> None:
    """Every YAML block of docs/rules.md and docs/sources.md is a configuration without mistakes or doubts."""
    page = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= least
    for number, block in enumerate(blocks):
        file = tmp_path / f"{number}.yaml"
        file.write_text(block, encoding="utf-8")
        assert [str(doubt) for doubt in config.load(file, {}).warnings] == []


def test_every_field_of_conditions_is_documented() -> None:
    """The table of docs/rules.md has every field."""
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert [field for field in FIELDS if f"`{field}`" not in page] == []


TOLD = (views.Card, views.Days, views.FileLine, views.Hits, views.Home, views.SourceLine, views.StoryLine)


@pytest.mark.parametrize("view", [*TOLD, views.StoryView, FeedHealth, Answer])
def test_every_variable_of_templates_is_documented(view: type) -> None:
    """docs/themes.md names every value that a template is given, and every template."""
    page = (ROOT / "docs" / "themes.md").read_text(encoding="utf-8")
    assert [field.name for field in fields(view) if f"`{field.name}`" not in page] == []
    templates = {file.name for file in (ROOT / "feedhub" / "pages" / "templates").iterdir()}
    assert [name for name in templates if f"`{name}`" not in page] == []
