"""What tests share: where the corpus and tools lie, and the instant at which tests take place."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from tests.publisher import Publishers
from tests.times import NOW

if TYPE_CHECKING:
    from feedhub.ports import Store
    from tests.sharing import WholeModules
    from tests.store_world import World


PLAIN = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
"""As on a terminal: with the values of all variables a traceback takes seconds to write."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> WholeModules:
    from tests.sharing import WholeModules

    return WholeModules(config, log)


@pytest.fixture(autouse=True)
def log() -> None:
    """The log that a test begins with, whatever commands before it have made of it."""
    structlog.reset_defaults()
    structlog.configure(processors=[PLAIN])


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


@pytest.fixture(scope="session")
def judge(shared: Path) -> ModuleType:
    """Who judges by a browser's parser whether anything in hostile HTML could run."""
    spec = importlib.util.spec_from_file_location("xss_judge", shared / "tools" / "xss_judge.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def publishers() -> Iterator[Publishers]:
    """A server on loopback that plays any number of hosts."""
    server = Publishers()
    yield server
    server.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A database of one's own, with nothing in it."""
    from tests.fresh import fresh_store

    with closing(fresh_store(tmp_path / "hub.db")) as store:
        yield store


@pytest.fixture
def world(store: Store) -> World:
    """A small hub over that database."""
    from tests.store_world import World

    return World(store)
