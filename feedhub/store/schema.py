"""The tables, as SQLAlchemy Core sees them. What creates and changes them is in `migrations`.

Instants are microseconds since 1970 UTC, spans seconds; `pk`-like `id` columns are integers of our own,
`name` is what the configuration calls a thing. Hot tables carry plain integers and text alone, so that
rows go to the driver as they are. Indexes have SQLite's conditions alone: to name another dialect loads it,
0.02 s at every start.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

REVISION = "0001"
"""The newest migration. A database that has it is opened without loading Alembic."""

_Big = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""What the last `apply` was about, as digests."""

feed = Table(
    "feed",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("active", Boolean, nullable=False),
    # As configured.
    Column("url", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("interval_s", Float, nullable=False),
    Column("set_up", Text, nullable=False),
    # What outputs show: the configured title or the feed's own, its address if it may be told, its site.
    Column("shown_title", Text, nullable=False),
    Column("shown_url", Text, nullable=False),
    Column("shown_site", Text, nullable=False),
    # The schedule. `next_poll_at` is null for what is never due; `reserved`: it is a slot of the domain.
    Column("next_poll_at", _Big),
    Column("reserved", Boolean, nullable=False),
    Column("throttled_until", _Big),
    Column("lease_token", Text),
    Column("lease_until", _Big),
    # The last poll.
    Column("last_polled_at", _Big),
    Column("gone", Boolean, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("status", Integer),
    Column("reason", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("warnings", Text, nullable=False),
    Column("listed", Integer, nullable=False),
    Column("elapsed_s", Float, nullable=False),
    Column("size", _Big, nullable=False),
    # Counted when entries are committed.
    Column("entries", Integer, nullable=False),
    Column("stories", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("seen_digest", _Big, nullable=False),
    # As far as its changes were noted, and when silence will be one.
    Column("health", Text, nullable=False),
    Column("silent_at", _Big),
    Index("feed_due", "next_poll_at", sqlite_where=text("active = 1")),
    Index("feed_lease", "lease_until", sqlite_where=text("lease_until IS NOT NULL")),
    Index("feed_token", "lease_token", sqlite_where=text("lease_token IS NOT NULL")),
    Index("feed_silent", "silent_at", sqlite_where=text("health = 'up'")),
    Index("feed_domain", "domain"),
    Index("feed_waiting", "domain", "next_poll_at", sqlite_where=text("reserved = 1")),
)
"""One feed: configuration, schedule, lease, health. `state` is the FeedState as JSON but for `seen`."""

health_change = Table(
    "health_change",
    metadata,
    Column("id", _Big, primary_key=True),
    Column("feed", Integer, nullable=False),
    Column("at", _Big, nullable=False),
    Column("state", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("status", Integer),
    Column("error", Text, nullable=False),
)
"""When feeds went down, were gone, fell silent or recovered."""

seen = Table(
    "seen",
    metadata,
    Column("feed", Integer, primary_key=True),
    Column("entries", Text, nullable=False),
    Column("known", Text, nullable=False),
)
"""FeedState.seen as JSON and .known, apart because they are large and most polls do not change them."""

domain = Table(
    "domain",
    metadata,
    Column("name", Text, primary_key=True),
    Column("last_at", _Big, nullable=False),
    Column("free_at", _Big, nullable=False),
    Index("domain_last", "last_at"),
)
"""The budget of a registrable domain: its last claim, and the first slot that nobody has reserved."""

entry = Table(
    "entry",
    metadata,
    Column("id", _Big, primary_key=True),
    Column("feed", Integer, nullable=False),
    Column("story", _Big, nullable=False),
    Column("alive", Boolean, nullable=False),
    Column("backlog", Boolean, nullable=False),
    Column("first_seen_at", _Big, nullable=False),
    Column("own_link", _Big, nullable=False),
    Column("matched_by", Text, nullable=False),
    Column("score", Float, nullable=False),
    Column("reason", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("guid", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("dropped", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("match_keys", Text, nullable=False),
    Column("data", Text, nullable=False),
    Index("entry_story", "story"),
    Index("entry_own_link", "feed", "own_link"),
    Index("entry_age", "first_seen_at", sqlite_where=text("alive = 1")),
)
"""One entry; `data` is the rest of it as JSON, last so that a scan of the columns before it is cheap.

Not `alive` is a tombstone: the body is gone, the identity stays. `backlog` entries came with a feed's
first document beyond `initial_items` and make no story visible. `own_link` is a digest of its link key.
"""

identity = Table(
    "identity",
    metadata,
    Column("feed", Integer, nullable=False),
    Column("key", Text, nullable=False),
    Column("entry", _Big, nullable=False),
    PrimaryKeyConstraint("feed", "key"),
    sqlite_with_rowid=False,
)
"""Every key an entry has ever had: a repaired one keeps its old key as an alias."""

match_key, young_key = (
    Table(
        name,
        metadata,
        Column("slot", _Big, nullable=False),
        Column("entry", _Big, nullable=False),
        PrimaryKeyConstraint("slot", "entry"),
        sqlite_with_rowid=False,
    )
    for name in ("match_key", "young_key")
)
"""What the merger looks up; `keys.py` says how a slot is made, `index.py` why new ones are apart."""

story = Table(
    "story",
    metadata,
    Column("id", _Big, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("category", Text, nullable=False),
    Column("winner", _Big, nullable=False),
    Column("shown_hash", Text, nullable=False),
    Column("published_at", _Big, nullable=False),
    Column("updated_at", _Big, nullable=False),
    Column("ordered_at", _Big, nullable=False),
    Column("visible", Boolean, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("outputs", Text, nullable=False),
    Column("related", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("renewed_at", _Big),
    Column("revision", _Big, nullable=False),
    Index("story_renewed", "renewed_at", sqlite_where=text("version > 0")),
    Index("story_revision", "revision", "id"),
)
"""One story; `name` is its public id. `outputs` lists the outputs it is a member of, as JSON. What is
written together when anything of it changes has one `revision`, higher than any before."""

unsearched = Table(
    "unsearched",
    metadata,
    Column("id", _Big, primary_key=True),
    Column("story", _Big, nullable=False),
)
"""Stories whose words changed since the search took them in; of new ones it knows by their ids."""

member = Table(
    "member",
    metadata,
    Column("output", Integer, nullable=False),
    Column("ordered_at", _Big, nullable=False),
    Column("tie", _Big, nullable=False),
    Column("story", _Big, nullable=False),
    PrimaryKeyConstraint("output", "ordered_at", "tie", "story"),
    sqlite_with_rowid=False,
)
"""The stories of an output. Read backwards it is newest first, ties by public id: `tie` is the
complement of the id's first 48 bits."""

first_version = Table(
    "first_version",
    metadata,
    Column("output", Integer, nullable=False),
    Column("story", _Big, nullable=False),
    Column("data", Text, nullable=False),
    PrimaryKeyConstraint("output", "story"),
)
"""A story as it came into an output that never changes an item, kept once the story is another: as JSON."""

name = Table(
    "name",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("feed", Integer, nullable=False),
    Index("name_text", "text", "kind", unique=True),
    Index("name_slug", "kind", "slug", unique=True),
)
"""A category or tag (`kind`) that an entry of a feed has named. Its output is at `kind/slug`, for ever."""

shelf = Table(
    "shelf",
    metadata,
    Column("output", Integer, nullable=False),
    Column("story", _Big, nullable=False),
    Column("page", Integer, nullable=False),
    Column("at", _Big, nullable=False),
    PrimaryKeyConstraint("output", "story"),
    Index("shelf_page", "output", "page", "at"),
)
"""The stories of outputs with an archive or a digest, each with the page that it is on (0: it waits) and when
it came."""

page = Table(
    "page",
    metadata,
    Column("output", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", _Big, nullable=False),
    Column("stale", Boolean, nullable=False),
    Column("name", Text, nullable=False),
    Column("data", Text, nullable=False),
    PrimaryKeyConstraint("output", "number"),
    Index("page_name", "name", sqlite_where=text("name <> ''")),
)
"""A page of an archive, or an issue of a digest, which is a story as JSON with the public id `name`."""

output = Table(
    "output",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("path", Text, nullable=False, unique=True),
    Column("active", Boolean, nullable=False),
    Column("digest", Text, nullable=False),
    Column("created_at", _Big, nullable=False),
    Column("serial", _Big, nullable=False),
    Column("built", _Big, nullable=False),
    Column("building", _Big, nullable=False),
    Column("stale_at", _Big),
    Column("lease_token", Text),
    Column("lease_until", _Big),
    Column("token", Text),
)
"""One output. It is dirty while `built` is less than `serial`, and from `stale_at` on, when time alone
changes what it shows; `building` is the serial last claimed. `token` opens it if it is private."""

document = Table(
    "document",
    metadata,
    Column("path", Text, primary_key=True),
    Column("output", Integer, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("etag", Text, nullable=False),
    Column("modified_at", _Big, nullable=False),
    Column("edition", Integer, nullable=False),
    Column("since", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("document_output", "output"),
)
"""What is published; `body` is gzip, and `editions.py` says what `since` holds."""

edition = Table(
    "edition",
    metadata,
    Column("path", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("etag", Text, nullable=False),
    PrimaryKeyConstraint("path", "number"),
    sqlite_with_rowid=False,
)
"""What a document's bytes were lately, by their ETag; the newest is the document itself."""
