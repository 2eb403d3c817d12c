"""The published feeds and the lists of them, beside whatever else a folder holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from feedhub.exporters.tree import Tree
from feedhub.model import Document
from feedhub.ports import Store


def write_feeds(
    tree: Tree, store: Store, outputs: Collection[str], lists: Iterable[Document]
) -> Iterator[str]:
    """Write the documents of some outputs as they are published, and some lists; yield their paths."""
    known = tree.memory.setdefault("documents", {})
    published = {path: etag for path, etag in store.documents() if path.rpartition(".")[0] in outputs}
    for path, etag in published.items():
        if known.get(path) != etag and (document := store.document(path)):
            tree.write(path, document.body)
        yield path
    tree.memory["documents"] = published
    for document in lists:
        tree.write(document.path, document.body)
        yield document.path
