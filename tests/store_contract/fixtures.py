"""What every part of the contract begins with."""

from __future__ import annotations

import pytest

from feedhub.ports import Store
from tests.store_world import OpenStore, World


class StoreFixtures:
    """What a backend gives: `open` opens the one database of a test as often as it is called."""

    @pytest.fixture
    def open(self) -> OpenStore:
        raise NotImplementedError  # each backend's tests have their own

    @pytest.fixture
    def store(self, open: OpenStore) -> Store:
        return open()

    @pytest.fixture
    def world(self, store: Store) -> World:
        return World(store)
