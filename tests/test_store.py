"""The store over SQLite: the contract, and what is SQLite's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from feedhub.ports import Store
from tests.fresh import fresh_store
from tests.store_contract import StoreContract
from tests.store_world import OpenStore


class TestSqlite(StoreContract):
    """SQLite keeps the contract."""

    @pytest.fixture
    def open(self, tmp_path: Path) -> Iterator[OpenStore]:
        opened: list[Store] = []

        def open_one() -> Store:
            opened.append(fresh_store(tmp_path / "feedhub.db"))
            return opened[-1]

        yield open_one
        for store in opened:
            store.close()
