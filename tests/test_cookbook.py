"""Every recipe of the cookbook gives what the page says."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from feedhub.generator import text
from tests.cookbook_site import DOCUMENTS, LOCKED, PASSWORD
from tests.stage import Shelf, published

PAGE = Path(__file__).resolve().parents[1] / "docs" / "cookbook.md"
LATER = "a day later:"
SHELF = Shelf(DOCUMENTS, LOCKED)


class Recipe(NamedTuple):
    """A heading, its YAML, and what comes out `then`: titles by path, perhaps with how their texts begin."""

    name: str
    yaml: str
    then: timedelta
    outputs: dict[str, list[str]]


def recipes() -> list[Recipe]:
    """Return what the page has."""
    found = []
    for part in re.split(r"^### ", PAGE.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        blocks = re.findall(r"^```(\w+)\n(.*?)^```", part, re.MULTILINE | re.DOTALL)
        yaml = next(body for kind, body in blocks if kind == "yaml")
        lines = next(body for kind, body in blocks if kind == "text").splitlines()
        then = timedelta(days=lines[0] == LATER)
        outputs: dict[str, list[str]] = {}
        for line in lines[bool(then) :]:
            if line.startswith("/"):
                outputs[path := line[1:]] = []
            elif line != "  (nothing)":
                outputs[path].append(line.removeprefix("  "))
        found.append(Recipe(part.partition("\n")[0], yaml, then, outputs))
    return found


@pytest.mark.parametrize("recipe", [pytest.param(one, id=one.name) for one in recipes()])
def test_a_recipe_gives_what_it_says(recipe: Recipe, tmp_path: Path) -> None:
    """The configuration has no doubts, and its outputs have these items in this order."""
    file = tmp_path / "feedhub.yaml"
    file.write_text(recipe.yaml, encoding="utf-8")
    outputs = published(file, SHELF, {"BOARD_PASSWORD": PASSWORD}, then=recipe.then)
    given = {
        path: [shown(item, wanted) for item, wanted in zip(outputs[path], [*lines, *[""] * 99], strict=False)]
        for path, lines in recipe.outputs.items()
    }
    assert given == recipe.outputs


def test_there_are_recipes_enough() -> None:
    """The page has twenty recipes at least, numbered from one."""
    names = [recipe.name for recipe in recipes()]
    assert len(names) >= 20
    assert [name.partition(".")[0] for name in names] == [str(number) for number in range(1, len(names) + 1)]


def shown(item: dict[str, Any], wanted: str) -> str:
    """Return an item as the page writes it: its title, with as much of its text or link as the page has."""
    _, arrow, rest = wanted.partition(" → ")
    if not arrow:
        return str(item["title"])
    content = text.plain(item.get("content_html") or item.get("summary") or "") or "(no text)"
    value = str(item["url"]) if rest.startswith("http") else content
    if rest.endswith("…") and value != rest:
        value = value[: len(rest) - 1] + "…"
    return f"{item['title']} → {value}"
