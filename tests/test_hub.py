"""The shell: claim, poll, commit, build, publish; with a real store and folder, and polls played."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from feedhub.dispatch import Inline, Poll, Threads
from feedhub.errors import StoreError
from feedhub.folder import PublicFolder
from feedhub.hub import Hub, publishing
from feedhub.model import (
    AllOf,
    Catalogue,
    Category,
    Claim,
    Document,
    Entry,
    Feed,
    Output,
    PollResult,
    Site,
    StepSpec,
)
from feedhub.ports import Dispatcher, Step, StepContext, Store
from tests.sample_hub import make_hub, unchanged
from tests.sample_stories import make_entry
from tests.times import NOW

FEEDS = {name: Feed(id=name, url=f"https://{name}.example/", category="news") for name in ("a", "b", "c")}
CATALOGUE = Catalogue(
    site=Site(),
    feeds=FEEDS,
    categories={"news": Category("news", "News", "news")},
    outputs={"all": Output("all", "All", "all", AllOf(()))},
)


def hub_of(store: Store, folder: Path, dispatcher: Dispatcher) -> Hub:
    return make_hub(store, folder, CATALOGUE, dispatcher=dispatcher)


def test_everything_due_is_polled_once(store: Store, tmp_path: Path) -> None:
    """A round ends when nothing is due, and a second one finds nothing."""
    hub = hub_of(store, tmp_path, Inline(unchanged))
    assert sorted(polled.result.feed_id for polled in hub.poll_due()) == ["a", "b", "c"]
    assert list(hub.poll_due()) == []
    assert [polled.result.feed_id for polled in hub.poll_due({"b"}, ignore_schedule=True)] == []


def test_a_bug_in_a_poll_is_that_feeds_failure(store: Store, tmp_path: Path) -> None:
    """An exception out of a poll fails the feed, which comes round again later; the others are polled."""

    def buggy(feed: Feed, claim: Claim) -> PollResult:
        if feed.id == "b":
            raise ZeroDivisionError("oh")
        return unchanged(feed, claim)

    hub = hub_of(store, tmp_path, Inline(buggy))
    outcomes = {polled.result.feed_id: polled.result.outcome for polled in hub.poll_due()}
    assert outcomes == {"a": "unchanged", "b": "failed", "c": "unchanged"}
    (status,) = [one for one in store.statuses() if one.feed_id == "b"]
    assert status.reason == "bug"
    assert "ZeroDivisionError" in status.error
    assert status.next_poll_at == NOW + timedelta(hours=1)


def test_what_does_not_end_in_time_is_given_back(store: Store, tmp_path: Path) -> None:
    """Stopping commits what is done, and what hangs is due again at once."""
    hang, hanging = threading.Event(), threading.Event()

    def slow(feed: Feed, claim: Claim) -> PollResult:
        if feed.id == "b":
            hanging.set()
            hang.wait(30)
        return unchanged(feed, claim)

    def make() -> Poll:
        return slow

    hub = hub_of(store, tmp_path, Threads(make, 3))
    rounds = hub.poll_due()
    assert {next(rounds).result.feed_id, next(rounds).result.feed_id} == {"a", "c"}
    assert hanging.wait(5)
    hub.stop(timedelta(0))
    hang.set()
    claims = store.claim_feeds(NOW, limit=9, lease=timedelta(minutes=1))
    assert [claim.feed_id for claim in claims] == ["b"]


def test_a_feed_that_left_the_configuration_is_not_polled(store: Store, tmp_path: Path) -> None:
    """What another hub's configuration still claims is no business of this one."""
    hub = hub_of(store, tmp_path, Inline(unchanged))
    other = Catalogue(CATALOGUE.site, {"a": FEEDS["a"]}, CATALOGUE.categories, CATALOGUE.outputs)
    hub.apply(other)
    store.apply(CATALOGUE, NOW)
    assert [polled.result.feed_id for polled in hub.poll_due()] == ["a"]


def test_the_folder_is_healed_from_the_rows(store: Store, tmp_path: Path) -> None:
    """A file that a crash left half, or none at all, is written again; strangers are removed."""
    hub = hub_of(store, tmp_path, Inline(unchanged))
    assert hub.build_dirty() == 1
    public = tmp_path / "public"
    (public / "all.atom").write_bytes(b"<fe")
    (public / "all.json").unlink()
    (public / "stranger.html").write_text("?")
    assert hub.mirror() == 2
    assert hub.mirror() == 0
    assert sorted(file.name for file in public.iterdir() if not file.name.endswith(".gz")) == [
        "all.atom",
        "all.json",
        "all.opml",
        "all.rss",
        "opml.xml",
    ]


def test_a_slow_build_never_covers_a_newer_one(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another daemon publishes between our commit and our write is what lies there in the end."""
    ours, theirs = (hub_of(store, tmp_path, Inline(unchanged)) for _ in range(2))
    folder = PublicFolder(tmp_path / "public")
    write = folder.write
    renamed = replace(CATALOGUE, outputs={"all": Output("all", "Renamed", "all", AllOf(()))})

    def late(*documents: Document) -> None:
        if not any(b"Renamed" in document.body for document in documents):
            monkeypatch.setattr(folder, "write", write)
            theirs.apply(renamed)
            assert theirs.build_dirty() == 1
        write(*documents)

    monkeypatch.setattr(folder, "write", late)
    monkeypatch.setattr(ours._publishing, "_folder", folder)
    assert ours.build_dirty() == 1
    for name in ("all.atom", "all.rss", "all.json"):
        assert b"Renamed" in (tmp_path / "public" / name).read_bytes()


@pytest.mark.parametrize("late", ["documents", "keep_only"])
def test_what_another_daemon_publishes_while_we_sweep_stays(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: str
) -> None:
    """A file that came after we looked at the rows, or even as we removed its forerunner, lies there."""
    ours, theirs = (hub_of(store, tmp_path, Inline(unchanged)) for _ in range(2))
    ours.mirror()
    folder, file = PublicFolder(tmp_path / "public"), tmp_path / "public" / "all.atom"
    sweep, listed = folder.keep_only, store.documents

    def published() -> None:
        monkeypatch.setattr(store, "documents", listed)
        assert theirs.build_dirty() == 1

    def documents() -> list[tuple[str, str]]:
        rows = listed()
        published()
        return rows

    def keep_only(paths: Callable[[], Collection[str]]) -> list[str]:
        file.write_text("what was here before")
        before = sweep(paths)
        published()
        file.unlink()
        return before

    if late == "documents":
        monkeypatch.setattr(store, "documents", documents)
    else:
        monkeypatch.setattr(folder, "keep_only", keep_only)
        monkeypatch.setattr(ours._publishing, "_folder", folder)
    ours.mirror()
    assert b"<title>All</title>" in file.read_bytes()


def test_a_file_of_a_private_output_that_we_do_not_know_is_not_ours_to_place(
    store: Store, tmp_path: Path
) -> None:
    """What another daemon publishes by a configuration that we have yet to read is left alone."""
    ours, theirs = (hub_of(store, tmp_path, Inline(unchanged)) for _ in range(2))
    secret = Output("secret", "S", "named", AllOf(()), private=True)
    theirs.apply(replace(CATALOGUE, outputs={**CATALOGUE.outputs, "secret": secret}))
    theirs.build_dirty()
    ours.mirror()
    assert (tmp_path / "private" / "secret.atom").exists()
    assert not (tmp_path / "public" / "secret.atom").exists()


@pytest.mark.parametrize("broken", ["commit_builds", "write"])
def test_what_could_not_be_built_is_built_as_soon_as_it_can_be(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """When the store or the folder fails in the middle of building, what was claimed is given back, and the
    folder looked through."""
    monkeypatch.setattr(publishing, "BUILDS_AT_ONCE", 1)
    hub = hub_of(store, tmp_path, Inline(unchanged))
    hub.publish()
    outputs = {name: Output(name, name, "named", AllOf(())) for name in ("all", "more", "most")}
    hub.apply(replace(CATALOGUE, outputs=outputs))

    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as failing:
        failing.setattr(store if broken == "commit_builds" else hub._publishing._folder, broken, full)
        with pytest.raises(StoreError):
            hub.publish()
    assert hub.publish() == (3 if broken == "commit_builds" else 2)
    files = {file.name for file in (tmp_path / "public").glob("*.atom")}
    assert files == {"all.atom", "more.atom", "most.atom"}


def test_building_twice_gives_the_same_bytes(store: Store, tmp_path: Path) -> None:
    """An output without changes renders to the same documents at any time."""
    hub = hub_of(store, tmp_path, Inline(unchanged))
    output = CATALOGUE.outputs["all"]
    assert hub.render(output, NOW) == hub.render(output, NOW)
    assert hub.build_dirty() == 1
    assert hub.build_dirty() == 0


def test_a_reload_reaches_the_store(store: Store, tmp_path: Path) -> None:
    """An output that is declared later is built; one that is not any more loses its documents."""
    hub = hub_of(store, tmp_path, Inline(unchanged))
    hub.build_dirty()
    later = Catalogue(
        CATALOGUE.site, FEEDS, CATALOGUE.categories, {"new": Output("new", "New", "named", AllOf(()))}
    )
    hub.apply(later)
    assert hub.build_dirty() == 1
    hub.mirror()
    assert not (tmp_path / "public" / "all.atom").exists()
    assert (tmp_path / "public" / "new.atom").exists()


def naive(feed: Feed, claim: Claim) -> PollResult:
    """A result that no store can take: an entry without a zone in its date, as a step may return."""
    done = unchanged(feed, claim)
    if feed.id != "b":
        return done
    entry = make_entry(feed_id="b", published_at=NOW.replace(tzinfo=None))
    return replace(done, outcome="updated", entries=(entry,))


def test_a_result_that_cannot_be_stored_harms_its_feed_alone(store: Store, tmp_path: Path) -> None:
    """The others of the batch are committed, and the feed at fault fails like one with a bug."""

    def make() -> Poll:
        return naive

    hub = hub_of(store, tmp_path, Threads(make, 3))
    outcomes = {polled.result.feed_id: polled.result.reason for polled in hub.poll_due()}
    assert outcomes == {"a": "", "b": "bug", "c": ""}


def test_an_output_that_cannot_be_built_holds_up_no_other(store: Store, tmp_path: Path) -> None:
    """A step that raises keeps its own output from being published, and no other."""
    step = StepSpec("tests.test_hub:raising")
    broken = Output("aaa", "Broken", "named", AllOf(()), steps=(step,))
    hub = hub_of(store, tmp_path, Inline(unchanged))
    hub.apply(replace(CATALOGUE, outputs={"aaa": broken, **CATALOGUE.outputs}))
    assert hub.publish() == 1
    assert (tmp_path / "public" / "all.atom").exists()
    assert not (tmp_path / "public" / "aaa.atom").exists()


def raising() -> Step:
    def step(entries: Sequence[Entry], context: StepContext) -> Sequence[Entry]:
        raise ZeroDivisionError

    return step


def test_private_files_lie_apart(store: Store, tmp_path: Path) -> None:
    """A private output's files are not among those that a web server is pointed at; a reload moves them."""
    hub = hub_of(store, tmp_path, Inline(unchanged))
    hub.publish()
    hub.apply(replace(CATALOGUE, outputs={"all": replace(CATALOGUE.outputs["all"], private=True)}))
    hub.publish()
    assert not (tmp_path / "public" / "all.atom").exists()
    assert (tmp_path / "private" / "all.atom").exists()


def test_a_build_writes_what_changed_alone(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An output that is built again to the same bytes touches no file; a change writes them all."""
    hub = hub_of(store, tmp_path, Inline(unchanged))
    assert hub.build_dirty() == 1
    written: list[str] = []
    write = PublicFolder.write

    def noted(folder: PublicFolder, *documents: Document) -> None:
        written.extend(document.path for document in documents)
        write(folder, *documents)

    monkeypatch.setattr(PublicFolder, "write", noted)
    same = replace(CATALOGUE, outputs={"all": Output("all", "All", "all", AllOf(()), limit=50)})
    hub.apply(same)
    assert (hub.build_dirty(), written) == (1, [])
    hub.apply(replace(CATALOGUE, outputs={"all": Output("all", "Renamed", "all", AllOf(()))}))
    assert (hub.build_dirty(), sorted(written)) == (1, ["all.atom", "all.json", "all.rss"])
