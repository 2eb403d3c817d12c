"""Documents beside what they say: tests/data/parser/NAME.xml (or .jsonfeed) and NAME.json.

A JSON file lists the fields that differ from their defaults, as `described` writes them.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feedhub.parser import parse

FOLDER = Path(__file__).parent / "data" / "parser"
DOCUMENTS = sorted(path for path in FOLDER.iterdir() if path.suffix in (".xml", ".jsonfeed"))
URL = "https://feeds.example/dir/feed"


def described(value: Any) -> Any:
    """Return a value as JSON, dataclasses by the fields that are not at their defaults."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: described(getattr(value, field.name))
            for field in fields(value)
            if field.default is MISSING or getattr(value, field.name) != field.default
        }
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, str) and value.startswith("not well-formed: "):
        return "not well-formed"  # the rest is libxml2's own word, which changes with its version
    if isinstance(value, tuple):
        return [described(one) for one in value]
    return value


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_documents_say_what_stands_beside_them(document: Path) -> None:
    """A document of every format and namespace gives the objects that its JSON file lists."""
    expected = json.loads(document.with_suffix(".json").read_text(encoding="utf-8"))

    feed = parse(document.read_bytes(), url=URL)

    assert described(feed) == expected


def test_every_expectation_has_its_document() -> None:
    """No JSON file is left without its document."""
    stems = {path.stem for path in DOCUMENTS}
    assert {path.stem for path in FOLDER.glob("*.json")} == stems
