"""Outputs: which are dirty, and what they list."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Select, and_, func, literal_column, or_, select, update

from feedhub.model import BuildClaim, Listed, Standing, Story
from feedhub.store import deriving, schema
from feedhub.store.codec import from_us, maybe_at, to_us
from feedhub.store.firsts import first
from feedhub.store.owner import Owner
from feedhub.store.records import load
from feedhub.store.related import with_related
from feedhub.store.shown import ShownStories

SHARED_AMONG = 10_000
"""An output's newest stories among which those of one feed are counted."""

_RENEWED = schema.story.c.version > literal_column("0")
"""In the words of the index: a parameter would not match it."""

_OUTPUT, _DOCUMENT, _MEMBER = schema.output.c, schema.document.c, schema.member.c


def claim_builds(
    connection: Connection, now: datetime, *, limit: int, lease: timedelta, owner: Owner
) -> list[BuildClaim]:
    """Lease dirty outputs, unless stories are on their way from one configuration to another."""
    if deriving.under_way(connection, now):
        return []
    at = to_us(now)
    statement = (
        select(_OUTPUT.id, _OUTPUT.path, _OUTPUT.serial, _OUTPUT.created_at)
        .where(
            _OUTPUT.active,
            or_(_OUTPUT.built < _OUTPUT.serial, _OUTPUT.stale_at <= at),
            or_(_OUTPUT.lease_until.is_(None), _OUTPUT.lease_until <= at),
        )
        .order_by(_OUTPUT.id)
        .limit(limit)
    )
    rows = connection.execute(statement).all()
    found = select(_DOCUMENT.output, _DOCUMENT.path, _DOCUMENT.etag).where(
        _DOCUMENT.output.in_([row.id for row in rows])
    )
    etags: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for document in connection.execute(found):
        etags[document.output][document.path] = document.etag
    claims = []
    for row in rows:
        token = owner.token()
        connection.execute(
            update(schema.output)
            .where(_OUTPUT.id == row.id)
            .values(lease_token=token, lease_until=to_us(now + lease), building=row.serial)
        )
        claims.append(BuildClaim(row.path, token, from_us(row.created_at), etags[row.id]))
    return claims


def release_builds(connection: Connection, tokens: Collection[str]) -> None:
    """Give claims back: the outputs are dirty as before."""
    given_back = update(schema.output).where(_OUTPUT.lease_token.in_(tokens))
    connection.execute(given_back.values(lease_token=None, lease_until=None))


def stories(
    connection: Connection,
    shown: ShownStories,
    output: str,
    *,
    limit: int,
    skip: int,
    since: datetime | None = None,
    until: datetime | None = None,
    per_feed: int | None = None,
    initial: int | None = None,
    policy: str = "silent",
) -> list[Story]:
    """Return an output's newest stories, by index."""
    row = connection.execute(
        select(_OUTPUT.id, _OUTPUT.created_at).where(_OUTPUT.path == output)
    ).one_or_none()
    if row is None:
        return []
    statement = select(_MEMBER.story, _MEMBER.ordered_at, _MEMBER.tie).where(_MEMBER.output == row.id)
    if since is not None:
        statement = statement.where(_MEMBER.ordered_at >= to_us(since))
    if until is not None:
        statement = statement.where(_MEMBER.ordered_at <= to_us(until))
    if initial is not None:
        statement = _with_initial(connection, statement, row.created_at, initial)
    newest = statement.order_by(_MEMBER.ordered_at.desc(), _MEMBER.tie.desc())
    chosen = newest if per_feed is None else _shared(newest, per_feed)
    ids = list(connection.scalars(chosen.limit(limit).offset(skip)))
    if policy == "republish":
        ids = list(dict.fromkeys((*_renewed(connection, row.id, limit, since), *ids)))
    found = shown.read(connection, ids)
    if policy == "never":
        found |= first(connection, row.id, ids)
        return [found[id] for id in ids]
    return with_related(connection, [found[id] for id in ids])


def _renewed(connection: Connection, output: int, limit: int, since: datetime | None) -> list[int]:
    """Return the members of an output that were published anew last: few stories ever are."""
    story = schema.story.c
    anew = select(story.id, story.outputs).where(_RENEWED).order_by(story.renewed_at.desc())
    if since is not None:
        anew = anew.where(story.renewed_at >= to_us(since))
    members = (row.id for row in connection.execute(anew) if output in json.loads(row.outputs))
    return list(islice(members, limit))


def nearest(
    connection: Connection, output: str, *, before: datetime | None, after: datetime | None
) -> datetime | None:
    """Return the instant of the last member before, or the first after, another one."""
    at = _MEMBER.ordered_at
    found = select(at).join(schema.output, _OUTPUT.id == _MEMBER.output).where(_OUTPUT.path == output)
    if before is not None:
        found = found.where(at < to_us(before)).order_by(at.desc())
    if after is not None:
        found = found.where(at > to_us(after)).order_by(at)
    return maybe_at(connection.scalar(found.limit(1)))


def story(connection: Connection, name: str) -> Listed | None:
    """Return a story that outputs list."""
    id = connection.scalar(select(schema.story.c.id).where(schema.story.c.name == name))
    record = load(connection, [id])[id] if id is not None else None
    if record is None or not (record.visible and record.outputs):
        return None
    listed = select(_OUTPUT.path).where(_OUTPUT.id.in_(record.outputs), _OUTPUT.active).order_by(_OUTPUT.path)
    # A dot stands in the paths of what was dropped alone.
    paths = tuple(path for path in connection.scalars(listed) if "." not in path)
    (shown,) = with_related(connection, [record.story()])
    return Listed(shown, paths) if paths else None


def versions(connection: Connection) -> dict[str, str]:
    """Return what changes with an output's stories: its serial, and when time alone changes them."""
    rows = connection.execute(
        select(_OUTPUT.path, _OUTPUT.serial, _OUTPUT.stale_at, _OUTPUT.created_at).where(_OUTPUT.active)
    )
    return {row.path: f"{row.created_at}.{row.serial}.{row.stale_at}" for row in rows}


def _with_initial(connection: Connection, members: Select[Any], created_at: int, most: int) -> Select[Any]:
    """Return members without those older than the newest `most` of before the output was declared."""
    before = members.where(_MEMBER.ordered_at < created_at)
    oldest = before.order_by(_MEMBER.ordered_at.desc(), _MEMBER.tie.desc()).offset(most - 1).limit(1)
    last = connection.execute(oldest).one_or_none() if most else None
    if last is None:
        return members if most else members.where(_MEMBER.ordered_at >= created_at)
    ties = and_(_MEMBER.ordered_at == last.ordered_at, _MEMBER.tie >= last.tie)
    return members.where(
        _MEMBER.ordered_at >= last.ordered_at, or_(_MEMBER.ordered_at > last.ordered_at, ties)
    )


def _shared(newest: Select[Any], per_feed: int) -> Select[Any]:
    """Return members of whose feeds each, by the copy that is shown, has so many at most."""
    among = newest.limit(SHARED_AMONG).subquery()
    story, entry = schema.story.c, schema.entry.c
    ranked = (
        select(
            among.c.story,
            among.c.ordered_at,
            among.c.tie,
            func.row_number()
            .over(partition_by=entry.feed, order_by=(among.c.ordered_at.desc(), among.c.tie.desc()))
            .label("place"),
        )
        .join_from(among, schema.story, story.id == among.c.story)
        .join(schema.entry, entry.id == story.winner)
        .subquery()
    )
    first = select(ranked.c.story).where(ranked.c.place <= per_feed)
    return first.order_by(ranked.c.ordered_at.desc(), ranked.c.tie.desc())


def standing(connection: Connection, path: str) -> Standing | None:
    """Return how an output stands."""
    row = connection.execute(
        select(_OUTPUT.serial, _OUTPUT.created_at).where(_OUTPUT.active, _OUTPUT.path == path)
    ).one_or_none()
    return Standing(row.serial, from_us(row.created_at)) if row else None
