"""Another configuration is put in force while polls are under way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from feedhub import rules
from feedhub.errors import StoreError
from feedhub.model import Catalogue
from feedhub.ports import Store
from tests.sample_hub import (
    Held,
    listed,
    make_catalogue,
    make_entry,
    make_feed,
    make_hub,
    make_result,
    make_rule,
)
from tests.times import HOUR, NOW

BEFORE = make_catalogue(make_feed())
AFTER = replace(BEFORE, rules=(make_rule("advertising", {"title": "advertising"}, drop=True),))


class Reloading:
    """A hub whose polls are under way; each brings an article and an advertisement."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.held = Held(2)
        self.hub = make_hub(store, folder, BEFORE, dispatcher=self.held)

    def start(self) -> None:
        """Have a poll begin."""
        self.hub._polling._claim(None, None)
        assert len(self.held.started) == 1

    def land(self, by: Catalogue) -> None:
        """Have the poll end, of entries that went through a catalogue's rules, later than anything here."""
        ((feed, claim),) = self.held.started
        entries = (make_entry(1, title="An article"), make_entry(2, title="An advertising"))
        ruled = (rules.apply(by.rules, feed, entry) for entry in entries)
        self.held.landed([(claim.token, make_result(claim, *ruled, polled_at=NOW + HOUR))])
        list(self.hub.poll_due())


@pytest.fixture
def reloading(store: Store, tmp_path: Path) -> Reloading:
    return Reloading(store, tmp_path)


def test_a_poll_that_began_by_the_old_rules_follows_the_new_ones(reloading: Reloading) -> None:
    """However late it says it began, a poll under way during a reload brings nothing by the old rules."""
    reloading.start()
    reloading.hub.apply(AFTER)
    reloading.land(BEFORE)
    assert listed(reloading.store) == ["An article"]


def test_a_reload_that_fails_changes_nothing_until_it_is_made_up_for(
    reloading: Reloading, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is polled by rules that the store could not take follows those it has; the new ones after."""

    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as failing:
        failing.setattr(reloading.store, "apply", full)
        with pytest.raises(StoreError):
            reloading.hub.apply(AFTER)
    reloading.start()
    reloading.land(AFTER)
    assert sorted(listed(reloading.store)) == ["An advertising", "An article"]
    reloading.hub.apply(AFTER)
    assert listed(reloading.store) == ["An article"]
