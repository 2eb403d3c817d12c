"""The first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("output", sa.Integer, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("modified_at", _BIG, nullable=False),
        sa.Column("edition", sa.Integer, nullable=False),
        sa.Column("since", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("document_output", "document", ["output"])
    op.create_table(
        "domain",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("last_at", _BIG, nullable=False),
        sa.Column("free_at", _BIG, nullable=False),
    )
    op.create_index("domain_last", "domain", ["last_at"])
    op.create_table(
        "edition",
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("path", "number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "entry",
        sa.Column("id", _BIG, primary_key=True),
        sa.Column("feed", sa.Integer, nullable=False),
        sa.Column("story", _BIG, nullable=False),
        sa.Column("alive", sa.Boolean, nullable=False),
        sa.Column("backlog", sa.Boolean, nullable=False),
        sa.Column("first_seen_at", _BIG, nullable=False),
        sa.Column("own_link", _BIG, nullable=False),
        sa.Column("matched_by", sa.Text, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("guid", sa.Text, nullable=False),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("dropped", sa.Text, nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("match_keys", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
    )
    op.create_index("entry_age", "entry", ["first_seen_at"], **_only_if("alive"))
    op.create_index("entry_own_link", "entry", ["feed", "own_link"])
    op.create_index("entry_story", "entry", ["story"])
    op.create_table(
        "feed",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("domain", sa.Text, nullable=False),
        sa.Column("private", sa.Boolean, nullable=False),
        sa.Column("interval_s", sa.Float, nullable=False),
        sa.Column("set_up", sa.Text, nullable=False),
        sa.Column("shown_title", sa.Text, nullable=False),
        sa.Column("shown_url", sa.Text, nullable=False),
        sa.Column("shown_site", sa.Text, nullable=False),
        sa.Column("next_poll_at", _BIG, nullable=True),
        sa.Column("reserved", sa.Boolean, nullable=False),
        sa.Column("throttled_until", _BIG, nullable=True),
        sa.Column("lease_token", sa.Text, nullable=True),
        sa.Column("lease_until", _BIG, nullable=True),
        sa.Column("last_polled_at", _BIG, nullable=True),
        sa.Column("gone", sa.Boolean, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("status", sa.Integer, nullable=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("warnings", sa.Text, nullable=False),
        sa.Column("listed", sa.Integer, nullable=False),
        sa.Column("elapsed_s", sa.Float, nullable=False),
        sa.Column("size", _BIG, nullable=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("stories", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("seen_digest", _BIG, nullable=False),
        sa.Column("health", sa.Text, nullable=False),
        sa.Column("silent_at", _BIG, nullable=True),
    )
    op.create_index("feed_domain", "feed", ["domain"])
    op.create_index("feed_due", "feed", ["next_poll_at"], **_only_if("active"))
    op.create_index("feed_lease", "feed", ["lease_until"], **_only("lease_until IS NOT NULL"))
    op.create_index("feed_silent", "feed", ["silent_at"], **_only("health = 'up'"))
    op.create_index("feed_waiting", "feed", ["domain", "next_poll_at"], **_only_if("reserved"))
    op.create_index("feed_token", "feed", ["lease_token"], **_only("lease_token IS NOT NULL"))
    op.create_table(
        "health_change",
        sa.Column("id", _BIG, primary_key=True),
        sa.Column("feed", sa.Integer, nullable=False),
        sa.Column("at", _BIG, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("status", sa.Integer, nullable=True),
        sa.Column("error", sa.Text, nullable=False),
    )
    op.create_table(
        "first_version",
        sa.Column("output", sa.Integer, nullable=False),
        sa.Column("story", _BIG, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("output", "story"),
    )
    op.create_table(
        "identity",
        sa.Column("feed", sa.Integer, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("entry", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("feed", "key"),
        sqlite_with_rowid=False,
    )
    for name in ("match_key", "young_key"):
        op.create_table(
            name,
            sa.Column("slot", _BIG, nullable=False),
            sa.Column("entry", _BIG, nullable=False),
            sa.PrimaryKeyConstraint("slot", "entry"),
            sqlite_with_rowid=False,
        )
    op.create_table(
        "member",
        sa.Column("output", sa.Integer, nullable=False),
        sa.Column("ordered_at", _BIG, nullable=False),
        sa.Column("tie", _BIG, nullable=False),
        sa.Column("story", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("output", "ordered_at", "tie", "story"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "name",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("feed", sa.Integer, nullable=False),
    )
    op.create_index("name_text", "name", ["text", "kind"], unique=True)
    op.create_index("name_slug", "name", ["kind", "slug"], unique=True)
    op.create_table(
        "output",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("path", sa.Text, nullable=False, unique=True),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("created_at", _BIG, nullable=False),
        sa.Column("serial", _BIG, nullable=False),
        sa.Column("built", _BIG, nullable=False),
        sa.Column("building", _BIG, nullable=False),
        sa.Column("stale_at", _BIG, nullable=True),
        sa.Column("lease_token", sa.Text, nullable=True),
        sa.Column("lease_until", _BIG, nullable=True),
        sa.Column("token", sa.Text, nullable=True),
    )
    op.create_table(
        "page",
        sa.Column("output", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at", _BIG, nullable=False),
        sa.Column("stale", sa.Boolean, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("output", "number"),
    )
    op.create_index("page_name", "page", ["name"], **_only("name <> ''"))
    op.create_table(
        "shelf",
        sa.Column("output", sa.Integer, nullable=False),
        sa.Column("story", _BIG, nullable=False),
        sa.Column("page", sa.Integer, nullable=False),
        sa.Column("at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("output", "story"),
    )
    op.create_index("shelf_page", "shelf", ["output", "page", "at"])
    op.create_table(
        "seen",
        sa.Column("feed", sa.Integer, primary_key=True),
        sa.Column("entries", sa.Text, nullable=False),
        sa.Column("known", sa.Text, nullable=False),
    )
    op.create_table(
        "story",
        sa.Column("id", _BIG, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("winner", _BIG, nullable=False),
        sa.Column("shown_hash", sa.Text, nullable=False),
        sa.Column("published_at", _BIG, nullable=False),
        sa.Column("updated_at", _BIG, nullable=False),
        sa.Column("ordered_at", _BIG, nullable=False),
        sa.Column("visible", sa.Boolean, nullable=False),
        sa.Column("private", sa.Boolean, nullable=False),
        sa.Column("outputs", sa.Text, nullable=False),
        sa.Column("related", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("renewed_at", _BIG, nullable=True),
        sa.Column("revision", _BIG, nullable=False),
    )
    op.create_index("story_renewed", "story", ["renewed_at"], **_only("version > 0"))
    op.create_index("story_revision", "story", ["revision", "id"])
    op.create_table(
        "unsearched",
        sa.Column("id", _BIG, primary_key=True),
        sa.Column("story", _BIG, nullable=False),
    )


def _only(condition: str) -> dict[str, Any]:
    """Return the arguments that make an index partial."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _only_if(flag: str) -> dict[str, Any]:
    """Return the same for a flag, in the words that queries have for it: SQLite compares them literally."""
    return {"sqlite_where": sa.text(f"{flag} = 1"), "postgresql_where": sa.text(flag)}
