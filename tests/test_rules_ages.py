"""What an output shows follows the clock where its condition or `max_age` asks for an age."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from feedhub.hub.selection import AGES_AGAIN
from feedhub.model import Output
from feedhub.rules import compile_condition
from tests.fresh import fresh_store
from tests.sample_hub import make_hub
from tests.store_world import World, entry, feed
from tests.times import HOUR, MINUTE


class Clock(World):
    """A world with a hub that builds by the world's clock."""

    def __init__(self, folder: Path) -> None:
        super().__init__(fresh_store(folder / "hub.sqlite"))
        self.hub = make_hub(self.store, folder, clock=lambda: self.now)

    def publish(self, output: Output) -> None:
        """Put one output in force, with stories 1, 30 and 60 hours old."""
        self.apply(feed("a"), outputs=[output])
        self.hub.apply(self.catalogue)
        self.poll("a", *(entry("a", f"{hours}h", hours=hours) for hours in (1, 30, 60)))

    def shown(self, output: Output) -> list[str]:
        return [story.entry.guid for story in self.hub.select(output)]


@pytest.fixture
def clock(tmp_path: Path) -> Iterator[Clock]:
    made = Clock(tmp_path)
    yield made
    made.store.close()


def named(query: str = "", **changes: object) -> Output:
    where = compile_condition(query or "language:xx OR -language:xx")
    return Output("x", "X", "named", where, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "now", "later"),
    [
        ("age:<2d", ["1h", "30h"], ["1h"]),
        ("age:>2d", ["60h"], ["30h", "60h"]),
        ("age:1d..2d", ["30h"], []),
        ("language:xx OR age:>2d", ["60h"], ["30h", "60h"]),
        ("-age:<2d", ["60h"], ["30h", "60h"]),
    ],
)
def test_a_condition_on_the_age_follows_the_clock(
    query: str, now: list[str], later: list[str], clock: Clock
) -> None:
    """An output shows what is of the age it asks for when it is built, and is built again as time passes."""
    output = named(query)
    clock.publish(output)
    assert clock.shown(output) == now
    assert clock.hub.build_dirty() == 1
    assert clock.hub.build_dirty() == 0
    clock.now += 20 * HOUR
    assert clock.shown(output) == later
    assert clock.hub.build_dirty() == 1
    clock.now += AGES_AGAIN - MINUTE
    assert clock.hub.build_dirty() == 0


def test_enough_of_the_right_age_are_found(clock: Clock) -> None:
    """The limit counts what is shown, however many members are of the wrong age."""
    output = named("language:xx OR age:>2d", limit=1)
    clock.publish(output)
    clock.poll("a", *(entry("a", f"new {number}", hours=0.1 + number / 100) for number in range(40)))
    assert clock.shown(output) == ["60h"]


def test_max_age_takes_a_story_away_on_time(clock: Clock) -> None:
    """An output with `max_age` is built again when its oldest story has reached that age, and not before."""
    output = named(max_age=timedelta(hours=31))
    clock.publish(output)
    assert clock.hub.build_dirty() == 1
    assert clock.shown(output) == ["1h", "30h"]
    clock.now += HOUR
    assert clock.hub.build_dirty() == 0
    clock.now += MINUTE
    assert clock.hub.build_dirty() == 1
    assert clock.shown(output) == ["1h"]
    clock.now += 28 * HOUR
    assert clock.hub.build_dirty() == 0
    clock.now += 2 * HOUR
    assert clock.hub.build_dirty() == 1
    assert (clock.shown(output), clock.hub.build_dirty()) == ([], 0)
    clock.now += 1000 * HOUR
    assert clock.hub.build_dirty() == 0
