"""Databases without anything in them: copied, since making the tables takes longer than most tests."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from feedhub.ports import Store
from feedhub.store import open_store


def fresh_store(file: Path) -> Store:
    """Open a new database; one that is there already is opened as it is."""
    if not file.exists():
        put_empty(file)
    return open_store(f"sqlite:///{file}")


def put_empty(file: Path) -> None:
    """Put a database with tables and no rows at a path."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_empty())


@cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory(prefix="feedhub-tests-") as folder:
        file = Path(folder) / "empty.db"
        open_store(f"sqlite:///{file}").close()
        return file.read_bytes()
