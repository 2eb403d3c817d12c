"""What every store promises about outputs: members, builds, documents."""

from __future__ import annotations

from feedhub.model import Document, etag_of
from feedhub.ports import Store
from tests.sample_hub import (
    HOUR,
    LEASE,
    NOW,
    dirty,
    listed,
    make_catalogue,
    make_entry,
    make_feed,
    make_output,
    poll,
)


def make_document(path: str, body: bytes = b"<feed/>") -> Document:
    return Document(path, body, "application/atom+xml", etag_of(body), NOW)


class OutputsContract:
    """Inherited by `StoreContract`."""

    def test_members(self, store: Store) -> None:
        """A story is in the outputs whose conditions hold, and only these become dirty."""
        outputs = (
            make_output("all"),
            make_output("red", {"tag": "red"}),
            make_output("blue", {"tag": "blue"}),
        )
        store.apply(make_catalogue(outputs=outputs), NOW)
        assert dirty(store) == {"all", "red", "blue"}
        (report,) = poll(store, make_entry(tags=frozenset({"red"})))
        assert report.dirty == {"all", "red"}
        assert dirty(store) == {"all", "red"}
        assert (len(listed(store, "red")), listed(store, "blue")) == (1, [])

    def test_membership_follows_the_entry(self, store: Store) -> None:
        """A story whose tags change leaves one output and enters another; both are dirty."""
        outputs = (make_output("red", {"tag": "red"}), make_output("blue", {"tag": "blue"}))
        store.apply(make_catalogue(outputs=outputs), NOW)
        poll(store, make_entry(tags=frozenset({"red"})))
        dirty(store)
        poll(store, make_entry(tags=frozenset({"blue"}), content_hash="changed"), now=NOW + HOUR)
        assert (listed(store, "red"), len(listed(store, "blue"))) == ([], 1)
        assert dirty(store) == {"red", "blue"}

    def test_min_sources(self, store: Store) -> None:
        """An output that wants several sources lists a story once it has them."""
        outputs = (make_output("hot", min_sources=2),)
        store.apply(make_catalogue(make_feed("one"), make_feed("two"), outputs=outputs), NOW)
        same = {"link": "https://publisher.example/story", "title": "The same story told twice"}
        poll(store, make_entry(1, "one", **same))
        assert listed(store, "hot") == []
        poll(store, make_entry(2, "two", **same))
        assert len(listed(store, "hot")) == 1

    def test_a_build_under_lease(self, store: Store) -> None:
        """A dirty output is handed out once, again when its lease has run out; then the first is too late."""
        store.apply(make_catalogue(), NOW)
        (lost,) = store.claim_builds(NOW, limit=9, lease=LEASE)
        assert (lost.path, lost.created_at) == ("all", NOW)
        assert store.claim_builds(NOW, limit=9, lease=LEASE) == []
        (taken,) = store.claim_builds(NOW + LEASE, limit=9, lease=LEASE)
        assert not store.commit_build(lost, [make_document("all.atom", b"old")], NOW + LEASE)
        assert store.documents() == []
        assert store.commit_build(taken, [make_document("all.atom", b"new")], NOW + LEASE)
        assert store.claim_builds(NOW + HOUR, limit=9, lease=LEASE) == []
        document = store.document("all.atom")
        assert document == make_document("all.atom", b"new")
        assert store.documents() == [("all.atom", etag_of(b"new"))]
        assert store.document("all.rss") is None

    def test_dirtied_while_built(self, store: Store) -> None:
        """An output that is dirtied while it is built stays dirty when the build is committed."""
        store.apply(make_catalogue(), NOW)
        (build,) = store.claim_builds(NOW, limit=9, lease=LEASE)
        poll(store, make_entry())
        assert store.commit_build(build, [make_document("all.atom")], NOW)
        assert dirty(store) == {"all"}
        assert dirty(store) == set()

    def test_limit_of_builds(self, store: Store) -> None:
        """No more builds are handed out than asked for."""
        store.apply(make_catalogue(outputs=[make_output(f"o{number}") for number in range(5)]), NOW)
        assert [len(store.claim_builds(NOW, limit=2, lease=LEASE)) for _ in range(4)] == [2, 2, 1, 0]

    def test_documents_follow_the_build(self, store: Store) -> None:
        """A format that an output no longer has is published no more."""
        store.apply(make_catalogue(), NOW)
        (build,) = store.claim_builds(NOW, limit=9, lease=LEASE)
        store.commit_build(build, [make_document("all.atom"), make_document("all.rss")], NOW)
        poll(store, make_entry())
        (build,) = store.claim_builds(NOW, limit=9, lease=LEASE)
        store.commit_build(build, [make_document("all.atom")], NOW)
        assert [path for path, _ in store.documents()] == ["all.atom"]

    def test_same_bytes(self, store: Store) -> None:
        """A document whose bytes did not change keeps its date."""
        store.apply(make_catalogue(), NOW)
        (build,) = store.claim_builds(NOW, limit=9, lease=LEASE)
        store.commit_build(build, [make_document("all.atom")], NOW)
        poll(store, make_entry())
        (build,) = store.claim_builds(NOW, limit=9, lease=LEASE)
        again = make_document("all.atom")
        store.commit_build(
            build, [Document(again.path, again.body, again.content_type, again.etag, NOW + HOUR)], NOW
        )
        assert store.document("all.atom") == again
