"""Make XML well-formed where that is cheap and sure; whatever else is wrong is left for the tolerant path.

Every step is one pass over the bytes. No entity is expanded but HTML's named characters and short plain texts
that the document itself declares.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html.entities import html5
from typing import Final

from lxml.etree import ErrorTypes

from feedhub.errors import ParseError
from feedhub.parser.fast import without_doctype

_START = re.compile(
    rb"<(?:\?xml\b|!DOCTYPE|rss\b|feed\b|rdf:RDF\b|[A-Za-z0-9_]{1,20}:(?:feed|RDF|rss)\b|channel\b)", re.I
)
_ROOT = re.compile(rb"<([A-Za-z_][A-Za-z0-9_.:-]{0,60})(?=[\s/>])")
_JUNK_LIMIT: Final = 65536
MAX_REPAIRS: Final = 100_000

# What XML 1.0 section 2.2 does not allow, as UTF-8.
_CONTROLS: Final = bytes(code for code in range(0x20) if code not in (0x09, 0x0A, 0x0D))
_NONCHARACTERS = re.compile(rb"\xef\xbf[\xbe\xbf]")

_VERBATIM = re.compile(
    rb"(<(?:!\[CDATA\[.*?(?:\]\]>|\Z)|!--.*?(?:-->|\Z)|\?.*?(?:\?>|\Z)))",
    re.DOTALL,
)
_STRAY_LESS = re.compile(rb"<(?![A-Za-z_:/!?])")
_REFERENCE = re.compile(
    rb"&(?!(?:lt|gt|amp|quot|apos);)(?:#([0-9]{1,9}|[xX][0-9a-fA-F]{1,8});|([A-Za-z][A-Za-z0-9._-]{0,40});)?"
)
# HTML's elements without an end, but for those that feeds have too.
_VOID = re.compile(
    rb"<(area|br|col|embed|hr|img|input|track|wbr)((?:\s(?:[^<>\"']++|\"[^\"<]*\"|'[^'<]*')*+)?)(?<!/)>",
    re.IGNORECASE,
)
_VOID_END = re.compile(rb"</(area|br|col|embed|hr|img|input|track|wbr)\s*>", re.IGNORECASE)
_ENTITY = re.compile(
    rb"<!ENTITY\s+([A-Za-z][A-Za-z0-9._-]{0,40})\s+(?:\"([^\"&%<]{0,64})\"|'([^'&%<]{0,64})')\s*>"
)
_CODE_ENTITY = re.compile(
    rb"<!ENTITY\s+([A-Za-z][A-Za-z0-9._-]{0,40})\s+[\"']&(?:amp;|#38;)?#([0-9]{1,7});[\"']\s*>"
)
_PREFIX = re.compile(rb"<([A-Za-z_][A-Za-z0-9_.-]{0,40}):[A-Za-z_]")
_DECLARED = re.compile(rb"xmlns:([A-Za-z_][A-Za-z0-9_.-]{0,40})\s*=")
_LAST_ITEM = re.compile(rb"</(?:[A-Za-z0-9_]{1,20}:)?(?:item|entry)\s*>")
_FIRST_ITEM = re.compile(rb"<(?:[A-Za-z0-9_]{1,20}:)?(?:item|entry)[\s>/]")

_STEPS: Final = {
    ErrorTypes.ERR_INVALID_CHAR: "controls",
    ErrorTypes.ERR_DOCUMENT_END: "end",
    ErrorTypes.ERR_TAG_NOT_FINISHED: "end",
    ErrorTypes.ERR_GT_REQUIRED: "end",
    ErrorTypes.ERR_CDATA_NOT_FINISHED: "end",
    ErrorTypes.ERR_COMMENT_NOT_FINISHED: "end",
    ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE: "prefixes",
    ErrorTypes.ERR_TAG_NAME_MISMATCH: "voids",
}
"""What the first error calls for; anything else is most often a character that should be escaped."""

_NAMESPACES: Final = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "psc": "http://podlove.org/simple-chapters",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "thr": "http://purl.org/syndication/thread/1.0",
    "wfw": "http://wellformedweb.org/CommentAPI/",
}


class Repair:
    """A document that is being made well-formed, one kind of damage after another.

    `partial` says that its end is missing, `warnings` what was done to it.
    """

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.partial = False
        self.warnings: list[str] = []
        self._entities = _declared_entities(body)
        self._begun = False
        self._left = ["controls", "references", "prefixes", "voids", "end"]
        self._put(_without_leading_junk(body), "something stood before the XML declaration")
        self._put(without_doctype(self.body)[0], "a document type declaration was left out")

    def mend(self, code: int) -> bool:
        """Try the step that the parser's error calls for, then others; False when none changes anything.

        The first call does what every damaged document needs, which may be enough.

        Args:
            code: libxml2's number for the first error (lxml.etree.ErrorTypes).
        """
        if not self._begun:
            self._begun = True
            if self.warnings:
                return True
        before = self.body
        step = _STEPS.get(code, "references")
        while self.body is before and self._left:
            if step not in self._left:
                step = self._left[0]
            self._left.remove(step)
            self._take(step)
        return self.body is not before

    def _take(self, step: str) -> None:
        match step:
            case "controls":
                cleaned = _NONCHARACTERS.sub(b"", self.body.translate(None, _CONTROLS))
                self._put(cleaned, "control characters were left out")
            case "references":
                legal = _with_legal_references(self.body, self._entities)
                self._put(legal, "undefined entities or stray & and < were made text")
            case "prefixes":
                self._put(_with_prefixes(self.body), "namespace prefixes were used without a declaration")
            case "voids":
                self._put(_with_closed_voids(self.body), "HTML without an end, such as <br>, was closed")
            case "end":
                self._end()

    def _put(self, body: bytes, warning: str) -> None:
        if body != self.body:
            self.body = body
            self.warnings.append(warning)

    def _end(self) -> None:
        """Cut what follows the root's end; where that end is missing, keep the whole items and end there."""
        root = _ROOT.search(self.body)
        if root is None:
            return
        body, end = self.body, b"</" + root.group(1)
        at = body.rfind(end)
        close = body.find(b">", at) + 1 if at >= 0 else 0
        if close:
            self._put(body[:close], "something stood after the end of the document")
            return
        body = body[:at] if at >= 0 else body
        last = max((found.end() for found in _LAST_ITEM.finditer(body)), default=0)
        first = _FIRST_ITEM.search(body)
        if last:
            whole = body[:last]
        elif first is not None:
            whole = body[: first.start()]
        else:
            whole = body[: body.rfind(b">") + 1]
        if whole.count(b"<channel>") + whole.count(b"<channel ") > whole.count(b"</channel>"):
            whole += b"</channel>"
        self.partial = True
        self._put(whole + end + b">", "the document is cut off: only what stood before the cut was read")


def _without_leading_junk(body: bytes) -> bytes:
    found = _START.search(body, 0, _JUNK_LIMIT)
    body = body[found.start() :] if found else body.lstrip()
    if body[:5] != b"<?xml":
        return body
    # A second declaration, as left by templates that wrap templates.
    end = body.find(b"?>") + 2
    rest = body[end:].lstrip()
    return rest if rest.startswith(b"<?xml ") else body


def _declared_entities(body: bytes) -> dict[str, bytes]:
    if b"<!ENTITY" not in body[:_JUNK_LIMIT]:
        return {}
    head = body[:_JUNK_LIMIT]
    declared = {name.decode("ascii"): double or single for name, double, single in _ENTITY.findall(head)}
    for name, code in _CODE_ENTITY.findall(head):
        declared[name.decode("ascii")] = _character(int(code))
    return declared


def _with_legal_references(body: bytes, entities: dict[str, bytes]) -> bytes:
    def legal(found: re.Match[bytes]) -> bytes:
        code, name = found.groups()
        if code is not None:
            number = int(code[1:], 16) if code[:1] in b"xX" else int(code)
            return found.group() if _is_legal(number) else b""
        if name is None:
            return b"&amp;"
        known = name.decode("ascii")
        if known in entities:
            return entities[known].replace(b"&", b"&amp;").replace(b"<", b"&lt;")
        text = html5.get(known + ";")
        return b"&amp;" + name + b";" if text is None else text.encode("utf-8")

    parts = _VERBATIM.split(body)
    for at in range(0, len(parts), 2):
        parts[at] = _replace(_STRAY_LESS, b"&lt;", _replace(_REFERENCE, legal, parts[at]))
    return b"".join(parts)


def _replace(
    pattern: re.Pattern[bytes], replacement: bytes | Callable[[re.Match[bytes]], bytes], text: bytes
) -> bytes:
    repaired, count = pattern.subn(replacement, text, MAX_REPAIRS)
    if count == MAX_REPAIRS:
        raise ParseError("too-complex", f"the document has more than {MAX_REPAIRS} places to repair")
    return repaired


def _with_closed_voids(body: bytes) -> bytes:
    """Close what HTML never closes: markup that stands in a feed without having been escaped."""
    closed = {name.lower() for name in _VOID_END.findall(body)}

    def close(tag: re.Match[bytes]) -> bytes:
        return tag.group() if tag[1].lower() in closed else b"<%s%s/>" % (tag[1], tag[2])

    parts = _VERBATIM.split(body)
    parts[::2] = [_VOID.sub(close, part) for part in parts[::2]]
    return b"".join(parts)


def _is_legal(code: int) -> bool:
    return (
        code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    )


def _character(code: int) -> bytes:
    return chr(code).encode("utf-8") if _is_legal(code) else b""


def _with_prefixes(body: bytes) -> bytes:
    root = _ROOT.search(body)
    if root is None:
        return body
    end = body.find(b">", root.end())
    at_root = set(_DECLARED.findall(body[root.start() : end]))
    used = dict.fromkeys(_PREFIX.findall(body))
    missing = [prefix for prefix in used if prefix not in at_root and prefix not in (b"xml", b"xmlns")][:100]
    written = b"".join(
        b' xmlns:%s="%s"'
        % (prefix, _NAMESPACES.get(prefix.decode(), f"undeclared:{prefix.decode()}").encode())
        for prefix in missing
    )
    return body[: root.end()] + written + body[root.end() :]
