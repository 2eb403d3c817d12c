"""The documentation says what the program says."""

from __future__ import annotations

import re
from pathlib import Path

from feedhub import config

ROOT = Path(__file__).resolve().parents[1]


def test_every_key_is_documented() -> None:
    """docs/configuration.md holds the table that `feedhub check --reference` prints, whole."""
    assert config.reference().strip() in (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")


def test_links_lead_somewhere() -> None:
    """Every relative link of the Markdown files names a file that is there."""
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
