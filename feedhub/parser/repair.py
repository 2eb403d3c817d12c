"""Make XML well-formed where that is cheap and sure; whatever else is wrong is left for the tolerant path.

Every step is one pass over the bytes. No entity is expanded but HTML's named characters and short plain texts
that the document itself declares.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.entities import html5
from typing import Final

from feedhub.parser.fast import without_doctype

_START = re.compile(
    rb"<(?:\?xml\b|!DOCTYPE|rss\b|feed\b|rdf:RDF\b|[A-Za-z0-9_]{1,20}:(?:feed|RDF|rss)\b|channel\b)", re.I
)
_ROOT = re.compile(rb"<([A-Za-z_][A-Za-z0-9_.:-]{0,60})(?=[\s/>])")
_JUNK_LIMIT: Final = 65536

# What XML 1.0 section 2.2 does not allow, as UTF-8.
_CONTROLS: Final = bytes(code for code in range(0x20) if code not in (0x09, 0x0A, 0x0D))
_NONCHARACTERS = re.compile(rb"\xef\xbf[\xbe\xbf]")

_TROUBLE = re.compile(
    rb"(?P<verbatim><!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z))"
    rb"|&(?!(?:lt|gt|amp|quot|apos);)(?:#(?P<code>[0-9]{1,9}|[xX][0-9a-fA-F]{1,8});|(?P<name>[A-Za-z][A-Za-z0-9._-]{0,40});)?"
    rb"|<(?![A-Za-z_:/!?])",
    re.DOTALL,
)
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

_NAMESPACES: Final = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "thr": "http://purl.org/syndication/thread/1.0",
    "wfw": "http://wellformedweb.org/CommentAPI/",
}


@dataclass(slots=True)
class Repaired:
    """A document after repair, what was done to it, and whether its end is missing."""

    body: bytes
    partial: bool = False
    warnings: list[str] = field(default_factory=list)

    def put(self, body: bytes, warning: str) -> None:
        """Take a step's result; it is told of when it changed anything."""
        if body != self.body:
            self.body = body
            self.warnings.append(warning)


def repair(body: bytes) -> Repaired:
    """Repair what keeps XML from being well-formed: stray bytes, entities, junk round the root, a cut.

    Args:
        body: in UTF-8.
    """
    result = Repaired(body)
    entities = _declared_entities(body)
    result.put(_without_leading_junk(body), "something stood before the XML declaration")
    result.put(without_doctype(result.body)[0], "a document type declaration was left out")
    controls = result.body.translate(None, _CONTROLS)
    result.put(_NONCHARACTERS.sub(b"", controls), "control characters were left out")
    result.put(
        _with_legal_references(result.body, entities), "undefined entities or stray & and < were made text"
    )
    root = _ROOT.search(result.body)
    if root is not None:
        _close(result, root.group(1))
        root = _ROOT.search(result.body)
    if root is not None:
        result.body = _with_prefixes(result.body, root)  # the first error has told of it, if it was one
    return result


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
        if found.group("verbatim") is not None:
            return found.group()
        code, name = found.group("code"), found.group("name")
        if code is not None:
            number = int(code[1:], 16) if code[:1] in b"xX" else int(code)
            return found.group() if _is_legal(number) else b""
        if name is not None:
            known = name.decode("ascii")
            if known in entities:
                return entities[known].replace(b"&", b"&amp;").replace(b"<", b"&lt;")
            text = html5.get(known + ";")
            return b"&amp;" + name + b";" if text is None else text.encode("utf-8")
        return b"&lt;" if found.group() == b"<" else b"&amp;"

    return _TROUBLE.sub(legal, body)


def _is_legal(code: int) -> bool:
    return (
        code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    )


def _character(code: int) -> bytes:
    return chr(code).encode("utf-8") if _is_legal(code) else b""


def _close(result: Repaired, name: bytes) -> None:
    """Cut what follows the root's end; where that end is missing, keep the whole items and end it there."""
    body = result.body
    end = b"</" + name
    at = body.rfind(end)
    if at >= 0:
        close = body.find(b">", at)
        if close >= 0:
            if body[close + 1 :].strip():
                result.put(body[: close + 1], "something stood after the end of the document")
            return
        body = body[:at]
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
    result.partial = True
    result.put(
        whole + b"</" + name + b">", "the document is cut off: only what stood before the cut was read"
    )


def _with_prefixes(body: bytes, root: re.Match[bytes]) -> bytes:
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
