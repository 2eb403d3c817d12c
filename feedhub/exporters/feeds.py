"""The published feeds and the lists of them, beside whatever else a folder holds."""

from __future__ import annotations

from collections.abc import Iterator

from feedhub.exporters.published import Published
from feedhub.exporters.tree import Tree
from feedhub.model import output_path


def write_feeds(tree: Tree, published: Published) -> Iterator[str]:
    """Write the documents of public outputs as they are published, and the lists; yield their paths."""
    store, outputs = published.store, published.catalogue.outputs
    known = tree.memory.get("documents", {})
    public = {path for path, output in outputs.items() if not output.private}
    found = {path: etag for path, etag in store.documents() if output_path(path) in public}
    for path, etag in found.items():
        if known.get(path) != etag and (document := store.document(path)):
            tree.write(path, document.body)
        yield path
    tree.memory["documents"] = found
    for document in published.lists:
        tree.write(document.path, document.body)
        yield document.path
