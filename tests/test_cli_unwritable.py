"""A folder that cannot be written is an error that says which, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedhub.cli.init import init
from feedhub.errors import StoreError, UsageError
from feedhub.exporters.tree import Tree


def test_a_starter_below_a_file_is_refused_by_name(tmp_path: Path) -> None:
    """`feedhub init` where a file is in the way names the place and asks for another."""
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match=r"file/config/feedhub\.yaml: .*choose another folder"):
        init(tmp_path / "file")


def test_a_site_at_a_file_is_refused(tmp_path: Path) -> None:
    """A site is a folder: a file at its place is said to be one."""
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="is a file or lies in one"):
        Tree(tmp_path / "file")


def test_a_site_whose_folder_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """What cannot be written is named with the system's reason."""
    tree = Tree(tmp_path / "later")
    (tmp_path / "later").write_text("mine")
    with pytest.raises(StoreError, match=r"cannot write .*later"):
        tree.claim(["index.html"])
