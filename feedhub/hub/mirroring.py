"""A folder brought in line with the rows: what is published lies there, and nothing else does."""

from __future__ import annotations

from collections.abc import Collection

from feedhub.model import Catalogue, output_path
from feedhub.ports import Folder, Store


def mirror(
    store: Store, catalogue: Catalogue, folder: Folder, *, private: bool, besides: Collection[str] = ()
) -> int:
    """Write what is missing of the public documents, or the private ones, and remove what is not published;
    return how many were written. `besides` are other paths that stay.

    Another daemon may publish meanwhile, also by a configuration with outputs that this one does not know:
    those are left alone.
    """
    written = 0
    for path, etag in _placed(store, catalogue, private=private).items():
        if not folder.holds(path, etag):
            written += _write_as_stored(store, folder, path)
    removed = folder.keep_only(
        lambda: {*besides, *_placed(store, catalogue, private=private, strangers=True)}
    )
    if removed:
        # Perhaps in the place of the old file a new one came between the look at the rows and the removal.
        for path in _placed(store, catalogue, private=private).keys() & set(removed):
            _write_as_stored(store, folder, path)
    return written


def _placed(store: Store, catalogue: Catalogue, *, private: bool, strangers: bool = False) -> dict[str, str]:
    """Return the ETags of the documents that lie in a folder, by path; with `strangers` also of those of
    which only another process's configuration says where they lie."""
    placed = {}
    for path, etag in store.documents():
        output = catalogue.outputs.get(output_path(path))
        if strangers if output is None else output.private is private:
            placed[path] = etag
    return placed


def _write_as_stored(store: Store, folder: Folder, path: str) -> bool:
    if document := store.document(path):
        folder.write(document)
    return document is not None
