"""Which charset a document is in, and what kind of document it is.

What the bytes are outranks what is said about them: valid UTF-8 is UTF-8, and a declaration that the bytes
contradict is dropped. Every repair is told.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from feedhub.parser.guess import guess_charset

# The superset that publishers mean by a name (WHATWG Encoding section 4.2).
_MEANT: Final = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso8859-1": "cp1252",
    "latin-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "johab": "cp949",
    "utf-16": "utf-16",
}
_LABELS: Final = {
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "x-euc-jp": "euc_jp",
    "ks_c_5601-1987": "cp949",
    "x-mac-cyrillic": "mac_cyrillic",
    "unicode-1-1-utf-8": "utf-8",
    "iso-8859-8-i": "iso8859-8",
    "windows-874": "cp874",
    "iso-10646-ucs-2": "utf-16",
    "ucs-2": "utf-16",
    "unicode": "utf-16",
}
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_AS_UTF8: Final = frozenset(("utf-8", "cp1252"))  # a default that means nothing where the bytes are UTF-8
_CJK: Final = frozenset(("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949", "hz"))
_STATEFUL: Final = ("iso2022", "hz", "utf-7")
_DECLARATION = re.compile(rb"\s*<\?xml([^>]{0,280})")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_THREE_BYTES = re.compile(rb"[\xe0-\xf4][\x80-\xbf]{2}")
_MULTI_BYTE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html)\b", re.I | re.S
)
_FEED_ROOT = re.compile(rb"<(?:rss|feed|rdf:RDF|[A-Za-z]+:(?:rss|feed)|channel)\b", re.I)


@dataclass(frozen=True, slots=True)
class Sniffed:
    """A document in UTF-8 without a byte order mark, the charset it was in, and what was repaired."""

    body: bytes
    encoding: str
    warnings: tuple[str, ...] = ()


def to_utf8(body: bytes, content_type: str | None = None, encoding: str | None = None) -> Sniffed:
    """Bring a document into UTF-8; never fails: what cannot be read becomes U+FFFD.

    Args:
        content_type: the HTTP header; its charset is a claim like the document's own.
        encoding: the charset to use whatever the document says (unless it has a byte order mark).
    Source: RFC 7303 section 3; XML 1.0 appendix F; WHATWG Encoding.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return _decoded(body[len(mark) :], name)
    forced = _codec(encoding)
    if forced is not None:
        return _decoded(body, forced)
    if wide := _wide(body):
        return _decoded(body, wide)
    declared = _declared(body, content_type)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        return _from_legacy(body, declared, error)
    for name in declared:
        if name.startswith(_STATEFUL) and text.isascii() and _decodes(body, name):
            return _decoded(body, name)
        if name in _CJK and not text.isascii() and not _THREE_BYTES.search(body) and _decodes(body, name):
            return _decoded(body, name)  # two-byte characters that happen to be valid UTF-8 too
    if b"\x1b$" in body and text.isascii() and _decodes(body, "iso2022_jp_2"):
        return _decoded(body, "iso2022_jp_2", "its escape sequences are those of iso-2022-jp")
    contradicted = [name for name in declared if name not in ("utf-8", "cp1252", "utf-16")]
    if contradicted and not text.isascii():
        return Sniffed(body, "utf-8", (f"declared as {contradicted[0]}, but the bytes are UTF-8",))
    return Sniffed(body, "utf-8")


def presume_utf8(body: bytes, content_type: str | None) -> bytes | None:
    """Return the XML of a document that nothing says to be other than UTF-8, None for any other.

    Its bytes are not looked at: who reads it must refuse what is not UTF-8, as libxml2 does, and then turn to
    `to_utf8`. Where that has nothing to repair, the two give the same.
    """
    marked = body.startswith(codecs.BOM_UTF8)
    xml = (body[3:] if marked else body).lstrip()
    if xml[:1] != b"<" or b"\0" in xml[:4]:
        return None
    return xml if marked or _AS_UTF8.issuperset(_declared(xml, content_type)) else None


def is_html(body: bytes) -> bool:
    """Tell whether a document is a web page rather than a feed; `body` in UTF-8."""
    head = body[:8192]
    return _HTML.match(head) is not None and not _FEED_ROOT.search(head)


def is_json(body: bytes) -> bool:
    """Tell whether a document is JSON by its first character; `body` in UTF-8."""
    return body.lstrip(b" \t\r\n")[:1] in (b"{", b"[")


@lru_cache(maxsize=256)
def _codec(label: str | None) -> str | None:
    """Return Python's name for the codec that is meant by a label, None for an unknown one."""
    if not label:
        return None
    label = label.strip().lower()
    try:
        name = codecs.lookup(_LABELS.get(label, label)).name
    except (LookupError, ValueError):
        return None
    # Python has codecs that are no charsets (`rot13`, `zip`), and would raise of their own on them.
    if not codecs.lookup(name)._is_text_encoding or name in (
        "idna",
        "punycode",
        "unicode_escape",
        "undefined",
    ):
        return None
    return _MEANT.get(name, name)


def _wide(body: bytes) -> str | None:
    # No mark, but every second byte of `<?xm` or `<rss` is a zero.
    head = body[:4]
    if len(head) == 4:
        if head[0] == 0x3C and head[1] == 0 and head[2] != 0 and head[3] == 0:
            return "utf-16-le"
        if head[0] == 0 and head[1] == 0x3C and head[2] == 0 and head[3] != 0:
            return "utf-16-be"
        if head == b"<\0\0\0":
            return "utf-32-le"
        if head == b"\0\0\0<":
            return "utf-32-be"
    return None


def _declared(body: bytes, content_type: str | None) -> list[str]:
    """Return the codecs that are claimed, the most credible first."""
    header = _CHARSET.search(content_type or "")
    declaration = _DECLARATION.match(body, 0, 512)
    inside = _ENCODING.search(declaration.group(1)) if declaration else None
    from_header = _codec(header.group(1)) if header else None
    from_inside = _codec(inside.group(1).decode("ascii")) if inside else None
    # A server's default says latin-1 of everything; the document knows better.
    order = (from_inside, from_header) if from_header == "cp1252" else (from_header, from_inside)
    return list(dict.fromkeys(name for name in order if name))


def _decodes(body: bytes, name: str) -> bool:
    try:
        body.decode(name)
    except (UnicodeError, LookupError):
        return False
    return True


def _decoded(body: bytes, name: str, *warnings: str) -> Sniffed:
    try:
        return Sniffed(body.decode(name).encode("utf-8"), name, warnings)
    except (UnicodeError, LookupError):
        pass
    if name == "cp1252":  # its five gaps
        return Sniffed(body.decode("cp1252", _CP1252_GAPS).encode("utf-8"), name, warnings)
    text = body.decode(name, "replace")
    told = f"bytes that are not {name} were replaced"
    return Sniffed(text.encode("utf-8", "replace"), name, (*warnings, told))


def _from_legacy(body: bytes, declared: list[str], error: UnicodeDecodeError) -> Sniffed:
    if error.start >= len(body) - 3 and error.reason == "unexpected end of data":
        return Sniffed(body[: error.start], "utf-8", ("the last character was cut",))
    claims = [name for name in declared if name not in ("utf-8", "utf-16")]
    if claims == ["cp1252"] and (meant := guess_charset(body, declared=True)) != "cp1252":
        # The default of many a server and template, whatever the text is.
        return _decoded(body, meant, f"declared as latin-1, read as {meant}")
    for name in claims:
        if _decodes(body, name):
            return _decoded(body, name)
    if not claims or "cp1252" in claims:
        stray = _stray_bytes(body)
        if stray is not None:
            return stray
    if claims:
        return _decoded(body, claims[0])
    guessed = guess_charset(body)
    said = "declared as utf-8" if "utf-8" in declared else "no charset is declared"
    return _decoded(body, guessed, f"{said}, read as {guessed}")


def _stray_bytes(body: bytes) -> Sniffed | None:
    """Return UTF-8 with some bytes of another charset in it, each costing one character; else None."""
    text = body.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = len(_MULTI_BYTE.findall(body))
    if bad > good:
        return None
    latin = len(_THREE_BYTES.findall(body)) * 2 < good
    text = body.decode("utf-8", _STRAY_LATIN if latin else "replace")
    return Sniffed(text.encode("utf-8"), "utf-8", ("bytes that are not UTF-8 were replaced",))


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    bad = error.object[error.start : error.end]
    if len(bad) > 1:
        return "\ufffd", error.end
    return bad.decode("cp1252", "replace"), error.end


def _as_latin1(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


_STRAY_LATIN: Final = "feedhub.stray-latin"
_CP1252_GAPS: Final = "feedhub.cp1252-gaps"
codecs.register_error(_STRAY_LATIN, _as_cp1252)
codecs.register_error(_CP1252_GAPS, _as_latin1)
