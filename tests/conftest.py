"""What tests share: where the corpus and tools lie, and the instant at which tests take place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.publisher import Publishers

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real feeds and measuring tools beside the checkout."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("../shared is absent: no real feeds and no hostile server to test with")
    return folder


@pytest.fixture
def publishers() -> Iterator[Publishers]:
    """A server on loopback that plays any number of hosts."""
    server = Publishers()
    yield server
    server.close()
