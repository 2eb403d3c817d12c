"""Stories by their words, in a database of its own beside the one that matters.

It is made of the other, seconds behind it, and made anew when it is lost or belongs to another: polls never
wait for it, and backups do without. SQLite's FTS5 parts words at spaces, so Chinese, Japanese and Korean
characters are words of their own here and a run of them is looked for as a phrase.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, delete, func, select

from feedhub.errors import StoreError
from feedhub.generator import text
from feedhub.merger.text import normalise
from feedhub.model import Found, Listed, Story
from feedhub.store import schema
from feedhub.store.dialect import among, many
from feedhub.store.records import Record, load

AT_ONCE = 500
"""Stories that are taken in together: some 0.3 s."""
BODY_CHARS = 6000
MARKUP_CHARS = 30_000
LOOKED_AT = 2000
"""Matches that are looked at, the newest; what may not be shown is among them."""
QUERY_CHARS = 200
TERMS_AT_MOST = 12

_STORY, _QUEUE = schema.story.c, schema.unsearched.c
_UNSPACED = re.compile("([\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff])")
_TERM = re.compile(r'(-?)(?:"([^"]*)"?|([^\s"]+))')


class SearchIndex:
    """The words of stories in a file. Safe in threads; two processes may share it."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def take(self, connection: Connection) -> int:
        """Take in some of what is new or changed since; return how many stories.

        `connection` reads the store.
        """
        with self._open() as index:
            mark, queued = self._marks(index)
            if mark and not _is_ours(connection, mark):
                index.executescript(_EMPTIED)
                mark, queued = (0, ""), 0
            new = list(
                connection.scalars(
                    select(_STORY.id).where(_STORY.id > mark[0]).order_by(_STORY.id).limit(AT_ONCE)
                )
            )
            changed = connection.execute(
                select(_QUEUE.id, _QUEUE.story).where(_QUEUE.id > queued).order_by(_QUEUE.id).limit(AT_ONCE)
            ).all()
            if not new and not changed:
                return 0
            records = load(connection, {*new, *(row.story for row in changed)})
            self._write(
                index, records, records[new[-1]] if new else None, changed[-1].id if changed else queued
            )
            return len(records)

    def settled(self, connection: Connection) -> None:
        """Forget which stories had changed, as far as they are taken in; `connection` writes the store."""
        with self._open() as index:
            _, queued = self._marks(index)
        connection.execute(delete(schema.unsearched).where(_QUEUE.id <= queued))

    def find(
        self,
        connection: Connection,
        asked: str,
        outputs: Mapping[int, str],
        *,
        best_first: bool,
        skip: int,
        limit: int,
    ) -> Found:
        """Return stories that have all the words and that one of some outputs lists; outputs by their ids."""
        match = expression(asked)
        if not match or not self._file.exists():
            return Found((), indexed=self._file.exists())
        with self._open() as index:
            (last, _), _ = self._marks(index)
            rows = index.execute(_FIND, (match, LOOKED_AT)).fetchall()
        ranks = dict(rows)
        shown = [
            (ranks[row.id] if best_first else 0, -row.ordered_at, row.id, listed)
            for row in connection.execute(_LISTED, {"stories": many(ranks)})
            if (listed := [outputs[id] for id in json.loads(row.outputs) if id in outputs])
        ]
        part = sorted(shown)[skip : skip + limit]
        loaded = load(connection, [id for _, _, id, _ in part])
        newest = connection.scalar(select(func.max(_STORY.id))) or 0
        return Found(
            tuple(Listed(loaded[id].story(), tuple(paths)) for _, _, id, paths in part),
            len(shown),
            len(rows) == LOOKED_AT,
            newest <= last,
        )

    def _write(
        self, index: sqlite3.Connection, records: dict[int, Record], last: Record | None, queued: int
    ) -> None:
        rows = [
            (record.id, *_words(record.story()))
            for record in records.values()
            if record.visible and not record.private
        ]
        index.execute("BEGIN IMMEDIATE")
        index.executemany("DELETE FROM words WHERE rowid = ?", [(id,) for id in records])
        index.executemany("INSERT INTO words (rowid, title, body) VALUES (?, ?, ?)", rows)
        if last:
            index.execute("INSERT OR REPLACE INTO mark VALUES ('story', ?, ?)", (last.id, last.name))
        index.execute("INSERT OR REPLACE INTO mark VALUES ('queue', ?, '')", (queued,))
        index.execute("COMMIT")

    def _marks(self, index: sqlite3.Connection) -> tuple[tuple[int, str], int]:
        """Return the last story that was taken in whole, and the last change."""
        marks = {kind: (number, name) for kind, number, name in index.execute("SELECT * FROM mark")}
        return marks.get("story", (0, "")), marks.get("queue", (0, ""))[0]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            index = sqlite3.connect(self._file, timeout=10, isolation_level=None)
            try:
                index.executescript(_TABLES)
                yield index
            finally:
                index.close()
        except sqlite3.OperationalError as error:  # a full disk, a lock, a permission
            raise StoreError(f"{self._file}: {error}") from error
        except sqlite3.DatabaseError as error:
            raise StoreError(
                f"{self._file}: {error}; it only serves the search, delete it and it is made anew"
            ) from error


def expression(asked: str) -> str:
    """Return what FTS5 is asked for: all words, `"phrases"`, none of what follows a minus; empty if nothing.

    The last letters of a word may be missing: `releas` finds releases.
    """
    wanted: list[str] = []
    unwanted: list[str] = []
    for minus, phrase, word in _TERM.findall(asked[:QUERY_CHARS])[:TERMS_AT_MOST]:
        spaced = _spaced(normalise(phrase or word))
        if not any(character.isalnum() for character in spaced):
            continue
        term = f'"{spaced.replace(chr(34), " ")}"'
        if word and spaced[-1].isalnum() and not _UNSPACED.search(spaced):
            term += "*"
        (unwanted if minus else wanted).append(term)
    if not wanted:
        return ""
    found = " AND ".join(wanted)
    return f"({found}) NOT ({' OR '.join(unwanted)})" if unwanted else found


def _words(story: Story) -> tuple[str, str]:
    """Return what a story is found by: its title, and its text with its tags."""
    entry = story.entry
    body = text.plain((entry.content or entry.summary)[:MARKUP_CHARS])[:BODY_CHARS]
    return _spaced(normalise(entry.title[:1000])), _spaced(
        normalise(f"{body} {' '.join(sorted(story.tags))}")
    )


def _spaced(folded: str) -> str:
    return _UNSPACED.sub(r" \1 ", folded)


def _is_ours(connection: Connection, mark: tuple[int, str]) -> bool:
    """Return whether the story that was taken in last is the store's: a restored backup may have others."""
    id, name = mark
    return id == 0 or connection.scalar(select(_STORY.name).where(_STORY.id == id)) == name


_TABLES = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (title, body, tokenize = 'unicode61 remove_diacritics 2');
CREATE TABLE IF NOT EXISTS mark (kind TEXT PRIMARY KEY, number INTEGER NOT NULL, name TEXT NOT NULL);
"""
_EMPTIED = "BEGIN; DELETE FROM words; DELETE FROM mark; COMMIT;"
_FIND = """
SELECT rowid, bm25(words, 5.0, 1.0) FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ?
"""
_LISTED = select(_STORY.id, _STORY.ordered_at, _STORY.outputs).where(
    among(_STORY.id, "stories"), _STORY.visible, _STORY.private.is_(False)
)
