"""Part of a published document: the same head, some of the items, in the same format."""

from __future__ import annotations

import json
from collections.abc import Collection

from lxml import etree

from feedhub.model import Document

_ITEMS = {"atom": "{http://www.w3.org/2005/Atom}entry", "rss": "channel/item"}


def excerpt(document: Document, items: Collection[int]) -> bytes:
    """Return one of our own documents with only some of its items, counted from 0, in their order."""
    kept = frozenset(items)
    name = document.path.rpartition(".")[2]
    if name == "json":
        feed = json.loads(document.body)
        feed["items"] = [item for place, item in enumerate(feed["items"]) if place in kept]
        return json.dumps(feed, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    # Our own document, so as large as it is: an entry may hold more than libxml2 grants a stranger's.
    root = etree.fromstring(document.body, etree.XMLParser(resolve_entities=False, huge_tree=True))
    for place, item in enumerate(root.findall(_ITEMS[name])):
        parent = item.getparent()
        if place not in kept and parent is not None:
            parent.remove(item)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"
