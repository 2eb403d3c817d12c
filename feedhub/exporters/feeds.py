"""The published feeds and the lists of them, beside whatever else a folder holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from feedhub.exporters.tree import Tree
from feedhub.model import Catalogue, Document, output_path
from feedhub.ports import Store


def write_feeds(tree: Tree, store: Store, catalogue: Catalogue, lists: Iterable[Document]) -> Iterator[str]:
    """Write the documents of public outputs as they are published, and some lists; yield their paths."""
    known = tree.memory.get("documents", {})
    public = {path for path, output in catalogue.outputs.items() if not output.private}
    published = {path: etag for path, etag in store.documents() if output_path(path) in public}
    for path, etag in published.items():
        if known.get(path) != etag and (document := store.document(path)):
            tree.write(path, document.body)
        yield path
    tree.memory["documents"] = published
    for document in lists:
        tree.write(document.path, document.body)
        yield document.path
