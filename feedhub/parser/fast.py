"""The fast path: well-formed XML through one lxml tree and one walk over it.

No entity is expanded, no DTD read, nothing fetched; size, depth and the number of tags are bounded before and
while the tree is built.
"""

from __future__ import annotations

import gc
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from lxml import etree

from feedhub.errors import ParseError
from feedhub.model import ParsedFeed
from feedhub.parser.cdata import take_out
from feedhub.parser.channel import read_channel
from feedhub.parser.document import Document
from feedhub.parser.entries import Declined
from feedhub.parser.names import short_name

__all__ = ["Declined", "NotWellFormed", "read"]

# A tree takes some 120 bytes a node: more tags than this are no feed but an attack on memory.
MAX_TAGS: Final = 2_000_000

# libxml2's bounds, each a defence that must not be repaired around: xmlerror.h, lxml/ErrorTypes.
_LIMIT_ERRORS: Final = frozenset(
    (
        etree.ErrorTypes.ERR_RESOURCE_LIMIT,
        etree.ErrorTypes.ERR_ENTITY_LOOP,
        etree.ErrorTypes.ERR_NAME_TOO_LONG,
        etree.ErrorTypes.ERR_NO_MEMORY,
    )
)
_RSS_VERSIONS: Final = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}
_ATOM_VERSIONS: Final = {"0.1": "atom01", "0.2": "atom02", "0.3": "atom03"}
_DOCTYPE = re.compile(
    rb"<!DOCTYPE\b(?:[^\[<>\"']|\"[^\"]*\"|'[^']*')*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE
)
_DOCTYPE_START = re.compile(rb"<!DOCTYPE\b", re.IGNORECASE)
_ELEMENT = re.compile(rb"<[A-Za-z_]")
_PROLOG: Final = 4096

_parsers = threading.local()  # a parser that threads share makes them wait for each other


class NotWellFormed(Exception):
    """The document is no well-formed XML: the first error, and its number in lxml.etree.ErrorTypes."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def read(body: bytes, encoding: str, url: str, timezone: str) -> ParsedFeed:
    """Read well-formed XML.

    Args:
        body: in UTF-8, whatever its XML declaration says.
        encoding: what it was before, for the record.
    Raises: NotWellFormed; Declined when the root or the nesting is none we know; ParseError `too-complex`.
    """
    doctype = b""
    if b"<!" in body[:_PROLOG]:
        body, doctype = without_doctype(body)
    skeleton, sections = take_out(body)
    try:
        root = _parse(skeleton)
    except NotWellFormed:
        if not sections:
            raise
        skeleton, sections, root = body, (), _parse(body)  # what is wrong is told of the document as it is
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotWellFormed(
            "a document type declaration in an odd place", etree.ErrorTypes.ERR_DOCUMENT_START
        )
    format = _format(root, doctype)
    document = Document(body, skeleton, sections, format=format, url=url, timezone=timezone)
    with _collector_at_rest():
        return read_channel(document, root, format, encoding)


def _parse(body: bytes) -> etree._Element:
    if len(body) > len(b"<a>") * MAX_TAGS and body.count(b"<") > MAX_TAGS:
        raise ParseError("too-complex", f"the document has more than {MAX_TAGS} tags")
    try:
        return etree.fromstring(body, _parser())
    except etree.XMLSyntaxError as error:
        if getattr(error, "code", 0) in _LIMIT_ERRORS:
            # What libxml2 advises behind that is to lift its bounds: no key of ours.
            which = error.msg.partition(", use ")[0]
            raise ParseError(
                "too-complex", f"the document goes beyond the XML parser's bounds: {which}"
            ) from error
        raise NotWellFormed(error.msg, getattr(error, "code", 0)) from error


def without_doctype(body: bytes) -> tuple[bytes, bytes]:
    """Take out the document type declaration: what it declares is never used, nor what it names read."""
    start = _DOCTYPE_START.search(body, 0, _PROLOG)
    root = _ELEMENT.search(body)
    if start is None or (root is not None and root.start() < start.start()):
        return body, b""  # inside the document it is somebody's text
    found = _DOCTYPE.match(body, start.start())
    if found is None:
        return body, b""
    return body[: found.start()] + body[found.end() :], found.group()


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    # A walk makes thousands of objects and not one cycle: looking for cycles was a tenth of its time, more in
    # a process with a large heap. Whoever put it to rest wakes it, so that threads do not disagree long.
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _parser() -> etree.XMLParser:
    parser = getattr(_parsers, "parser", None)
    if parser is None:
        parser = _parsers.parser = etree.XMLParser(
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            attribute_defaults=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
            recover=False,
            collect_ids=False,
        )
    return parser


def _format(root: etree._Element, doctype: bytes) -> str:
    name = short_name(root)
    namespaces = [uri.lower() for uri in root.nsmap.values() if uri]
    match name:
        case "rss":
            if b"netscape" in doctype.lower():
                return "rss091n"
            version = root.get("version") or ""
            return "rss20" if version.startswith("2.") else _RSS_VERSIONS.get(version, "rss")
        case "rdf:rdf":
            return "rss10" if "http://purl.org/rss/1.0/" in namespaces else "rss090"
        case "feed" | "entry":
            if "http://www.w3.org/2005/atom" in namespaces:
                return "atom10"
            return _ATOM_VERSIONS.get(root.get("version") or "", "atom")
    raise Declined(f"its root is {name}", name)
