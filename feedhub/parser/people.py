"""Authors: Atom persons, and the names and addresses that RSS puts in one text."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from feedhub.model import Person
from feedhub.parser.document import Document
from feedhub.parser.names import local_name

_WITH_NAME = re.compile(r"(?:mailto:)?([^\s@()<>]{1,64}@[^\s@()<>]{1,255}) ?\(([^()]+)\)")
"""The way of RSS 2.0, whatever the address ends in: `root@localhost (Ann)`."""
# Longer texts are no name with an address, and the search below is not linear.
_LONGEST: Final = 1000
_ADDRESS = re.compile(
    r"[A-Za-z0-9_.+-]{1,64}@(?:\[[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\]|(?:[A-Za-z0-9-]{1,63}\.)+"
    r"(?:[A-Za-z]{2,24}|[0-9]{1,3}))(?:\?subject=\S+)?"
)


def read_person(document: Document, element: etree._Element) -> Person | None:
    """Read an Atom person construct, or a text such as `joe@example.org (Joe)`; None for an empty one."""
    if not len(element):
        return person(document.clean(element.text))
    name = email = uri = ""
    for child in element:
        match local_name(child.tag):
            case "name":
                name = document.clean(child.text)
            case "email":
                email = document.clean(child.text)
            case "uri" | "url" | "homepage":
                uri = document.link(child, child.text)
    if not (name or email or uri):
        return person(document.clean(element.text))
    return Person(name, email, uri)


def person(text: str) -> Person | None:
    """Take an address out of a text that names somebody; None for an empty one."""
    if "@" not in text or len(text) > _LONGEST:
        return Person(text) if text else None
    if as_rss := _WITH_NAME.fullmatch(text):
        return Person(name=as_rss[2].strip(), email=as_rss[1])
    found = _ADDRESS.search(text)
    if found is None:
        return Person(name=text)
    email = found.group()
    name = text.replace(email, "").replace("()", "").replace("<>", "").replace("&lt;&gt;", "").strip()
    return Person(name=name.removeprefix("(").removesuffix(")").strip(), email=email)
