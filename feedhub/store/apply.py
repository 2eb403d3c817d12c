"""A new catalogue is put in force: feeds and outputs follow it, and so does what is stored."""

from __future__ import annotations

import functools
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, or_, select, update

from feedhub.model import Catalogue, Extraction, Feed, FeedState, FetchOptions
from feedhub.policy import RETRY_AT_MOST
from feedhub.rules import OutputIndex
from feedhub.store import firsts, names, revisions, schema, tokens
from feedhub.store.codec import dump, to_us
from feedhub.store.declared import declare, digest, put_away
from feedhub.store.deriving import begin
from feedhub.store.dialect import add, batches, change, upsert
from feedhub.store.lookup import next_id
from feedhub.store.polls import STATE
from feedhub.store.records import SCOPES, Origin, known_scopes, origins
from feedhub.store.schedule import FIRST_SPREAD, spread
from feedhub.store.settle import Book
from feedhub.store.telling import told

_FEED, _OUTPUT = schema.feed.c, schema.output.c


def apply(connection: Connection, catalogue: Catalogue, now: datetime) -> Book:
    """Put a catalogue in force and return it ready for deciding; what is stored begins to follow it."""
    scopes = _scopes(catalogue)
    rescoped = scopes != known_scopes(connection)
    before = _apply_feeds(connection, catalogue, now, everything=rescoped)
    if rescoped:
        upsert(connection, schema.meta, ("name", "value"), [(SCOPES, dump(scopes))])
    revisions.begin(connection)
    names.give_way(connection, catalogue)
    known = Book(
        configured=catalogue,
        catalogue=catalogue,
        digest=digest(
            (
                catalogue.rules,
                catalogue.terms,
                _feed_rules(catalogue),
                {name: one.duplicates for name, one in catalogue.categories.items()},
                {
                    path: (one.where, one.dropped_from, one.min_sources, one.private)
                    for path, one in catalogue.outputs.items()
                },
                catalogue.naming,
            )
        ),
        applied_at=now,
        index=OutputIndex(()),
        outputs={},
        paths={},
    )
    known = names.with_names(connection, known)
    _apply_outputs(connection, known.catalogue, now)
    tokens.mint(connection, known.catalogue)
    known = names.indexed(connection, known)
    firsts.forget_others(connection, known.lasting)
    _heal_clock(connection, now)
    if known.names and any(feed.private for feed in catalogue.feeds.values()):
        names.expel_private(connection, known, now)
    return begin(connection, known, before, now)


def _scopes(catalogue: Catalogue) -> dict[str, str]:
    """Return where duplicates are looked for, by category, and under "" for those that only entries name."""
    usual = catalogue.naming.duplicates.scope
    scopes = {name: one.duplicates.scope for name, one in catalogue.categories.items()}
    found = {name: scope for name, scope in scopes.items() if scope != usual}
    return found if usual == "category" else {"": usual, **found}


def _feed_rules(catalogue: Catalogue) -> dict[str, str]:
    """Return digests of the rules that feeds have of their own; many share one tuple of their category's."""
    chains = {id(feed.rules): feed.rules for feed in catalogue.feeds.values() if feed.rules}
    digests = {key: digest(chain) for key, chain in chains.items()}
    return {name: digests[id(feed.rules)] for name, feed in catalogue.feeds.items() if feed.rules}


_SHOWN = ("url", "category", "title", "tags", "private")
"""The settings that stories depend on."""

_SETTINGS = (*_SHOWN, "host", "domain", "interval_s", "set_up")
_DIGITS = 4
"""Enough of a digest to see a change by, too little to guess a password by."""


def _settings(feed: Feed) -> tuple[object, ...]:
    return (
        feed.url,
        feed.category,
        feed.title,
        dump(sorted(feed.tags)),
        feed.private,
        feed.host,
        feed.domain,
        feed.interval.total_seconds(),
        _set_up(feed.fetch, feed.encoding, feed.extraction),
    )


@functools.lru_cache(maxsize=1000)
def _set_up(options: FetchOptions, encoding: str, extraction: Extraction | None) -> str:
    """Return a mark of how a feed is asked for and read."""
    return digest((options, encoding, extraction))[:_DIGITS]


def _apply_feeds(
    connection: Connection, catalogue: Catalogue, now: datetime, *, everything: bool
) -> dict[int, Origin]:
    """Insert, change and retire feeds; return those whose stories may look different, or `everything`, as
    they were."""
    columns = (*(_FEED[name] for name in _SETTINGS), _FEED.id, _FEED.name, _FEED.active)
    stored = {row.name: row for row in connection.execute(select(*columns))}
    changed, touched = [], set()
    for name, feed in catalogue.feeds.items():
        row, settings = stored.get(name), _settings(feed)
        if row is None or (row.active and tuple(row[: len(settings)]) == settings):
            continue
        changed.append((row.id, feed))
        if not row.active or tuple(row[: len(_SHOWN)]) != settings[: len(_SHOWN)]:
            touched.add(row.id)
    retired = [row.id for name, row in stored.items() if row.active and name not in catalogue.feeds]
    before = origins(
        connection, [row.id for row in stored.values()] if everything else touched.union(retired)
    )
    _change_feeds(connection, changed, now)
    for batch in batches(retired):
        connection.execute(
            update(schema.feed)
            .where(_FEED.id.in_(batch))
            .values(active=False, next_poll_at=None, lease_token=None, lease_until=None, reserved=False)
        )
    _add_feeds(connection, [feed for name, feed in catalogue.feeds.items() if name not in stored], now)
    return before


def _change_feeds(connection: Connection, feeds: list[tuple[int, Feed]], now: datetime) -> None:
    names = (
        *_SETTINGS, "active", "state", "gone", "shown_title", "shown_url", "shown_site", "next_poll_at",
        "reserved", "throttled_until", "lease_token", "lease_until",
    )  # fmt: skip
    stored = {
        row.id: row
        for batch in batches([id for id, _ in feeds])
        for row in connection.execute(select(schema.feed).where(_FEED.id.in_(batch)))
    }
    rows = [(*_settings(feed), *_changed(stored[id], feed, now), id) for id, feed in feeds]
    change(connection, schema.feed, names, rows)


def _changed(row: Row[Any], feed: Feed, now: datetime) -> tuple[object, ...]:
    """Return the columns that follow from changed settings, in the order of `_change_feeds`.

    Another address is another document: nothing that vouched for the old one holds, and a poll of it that
    is under way comes too late. A feed that comes back is due, and so is one that failed as it was set up
    before; one whose interval changed is due when the new one has passed since its last success.
    """
    state = STATE.unpack(row.state, feed_id=feed.id, seen={})
    due_at, reserved, lease = row.next_poll_at, row.reserved, (row.lease_token, row.lease_until)
    throttled_until = row.throttled_until if row.host == feed.host else None
    if row.url != feed.url:
        state = FeedState(
            feed_id=feed.id,
            url=feed.url,
            head=state.head,
            first_polled_at=state.first_polled_at,
            last_success_at=state.last_success_at,
        )
        due_at, reserved, lease = to_us(now), False, (None, None)
    elif not state.gone and (
        not row.active or (row.outcome == "failed" and row.set_up != _settings(feed)[-1])
    ):
        due_at, reserved = to_us(now), False
    elif row.interval_s != feed.interval.total_seconds() and row.outcome in ("updated", "unchanged"):
        due_at = min(due_at, row.last_polled_at + feed.interval // timedelta(microseconds=1))
    if due_at is not None:
        due_at = max(due_at, throttled_until or 0)
    telling = told(feed.title, feed.url, state, feed.id, private=feed.private)
    return True, STATE.pack(state), state.gone, *telling, due_at, reserved, throttled_until, *lease


def _add_feeds(connection: Connection, feeds: list[Feed], now: datetime) -> None:
    first = next_id(connection, _FEED.id)
    rows = []
    throttled = _throttled(connection, now) if feeds else {}
    for id, (feed, first_at) in enumerate(zip(feeds, spread(feeds, now), strict=True), first):
        until = throttled.get((feed.throttle_scope, getattr(feed, feed.throttle_scope, ""))) or None
        due_at = max(to_us(first_at), until or 0)
        state = FeedState(feed_id=feed.id, url=feed.url)
        telling = told(feed.title, feed.url, state, feed.id, private=feed.private)
        known = (id, feed.id, True, *_settings(feed), *telling, due_at, until, STATE.pack(state))
        rows.append((*known, *_UNPOLLED.values()))
    names = (
        "id", "name", "active", *_SETTINGS, "shown_title", "shown_url", "shown_site", "next_poll_at",
        "throttled_until", "state", *_UNPOLLED,
    )  # fmt: skip
    add(connection, schema.feed, names, rows)


def _throttled(connection: Connection, now: datetime) -> dict[tuple[str, str], int]:
    """Return until when public hosts and domains want to be left alone, by (scope, name)."""
    columns = (_FEED.host, _FEED.domain, _FEED.throttled_until)
    waiting = select(*columns).where(_FEED.throttled_until > to_us(now), _FEED.domain != "")
    until: dict[tuple[str, str], int] = {}
    for row in connection.execute(waiting):
        for name in (("host", row.host), ("domain", row.domain)):
            until[name] = max(until.get(name, 0), row.throttled_until)
    return until


_UNPOLLED: dict[str, object] = {
    "reserved": False,
    "gone": False,
    "outcome": "",
    "reason": "",
    "error": "",
    "warnings": "[]",
    "listed": 0,
    "elapsed_s": 0.0,
    "size": 0,
    "entries": 0,
    "stories": 0,
    "seen_digest": 0,
    "health": "",
}
"""What a feed's row says before its first poll."""


def _apply_outputs(connection: Connection, catalogue: Catalogue, now: datetime) -> None:
    """Declare the outputs of a catalogue, and put away all others."""
    declare(connection, catalogue.outputs, catalogue.site, now)
    active = connection.scalars(select(_OUTPUT.path).where(_OUTPUT.active)).all()
    put_away(connection, set(active).difference(catalogue.outputs))


def _heal_clock(connection: Connection, now: datetime) -> None:
    """Make due what waits for an instant that was set by a clock since put back."""
    at, domain = to_us(now), schema.domain.c
    ahead = select(domain.name).where(domain.last_at > at)
    connection.execute(
        update(schema.feed)
        .where(
            _FEED.active,
            _FEED.next_poll_at > at,
            or_(
                _FEED.last_polled_at > at,
                and_(
                    _FEED.last_polled_at.is_(None),
                    _FEED.next_poll_at > to_us(now + FIRST_SPREAD),
                    or_(_FEED.throttled_until.is_(None), _FEED.throttled_until > to_us(now + RETRY_AT_MOST)),
                ),
                and_(_FEED.reserved, _FEED.domain.in_(ahead)),
            ),
        )
        .values(next_poll_at=at, reserved=False, throttled_until=None)
    )
    connection.execute(delete(schema.domain).where(domain.last_at > at))
