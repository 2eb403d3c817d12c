"""What is done to every text of a feed: whitespace round it, and encoding accidents inside it."""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

Cleaner = Callable[[str | None], str]

# Bytes 0x80-0x9f of windows-1252 that were taken for latin-1: nobody means these control characters.
_C1 = {
    code: bytes([code]).decode("cp1252")
    for code in range(0x80, 0xA0)
    if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
# windows-1252 with its five gaps filled from latin-1, as browsers have it (WHATWG Encoding).
_CP1252 = "".join(_C1.get(code, chr(code)) for code in range(0x100))
_TO_CP1252 = codecs.charmap_build(_CP1252)

# A literal start each, so that the search runs fast over documents that have nothing of the kind.
_C1_BYTES = re.compile(rb"\xc2[\x80-\x9f]")
_C1_REFERENCE = re.compile(rb"#(?:0*1(?:2[89]|[345][0-9])|[xX]0*[89][0-9a-fA-F]);")
_LATIN_REFERENCE = re.compile(rb"#(?:0*(?:1[2-9]|2[0-5])[0-9]|[xX]0*[89a-fA-F][0-9a-fA-F]);")
_C1_TEXT = re.compile("[\x80-\x9f]")
# Of text that was encoded twice, the first character that is not ASCII is a lead byte and the next no lead.
_TWICE_ENCODED = re.compile(rf"[\x00-\x7f]*+[\xc2-\xf4][\x80-\xbf{''.join(_C1.values())}]")
# Letters no feed is written in: a windows-1252 pair that decodes to one was meant as it is (CAFÉ’S).
_UNLIKELY = re.compile("[\u0180-\u036f\u0500-\u0900\ue000-\uf8ff\ufffd]")
_WIDE = (
    "[\u0900-\u1fff\u2e80-\uffff]"  # compiled where it is needed: tens of thousands of characters take 5 ms
)
_MARKUP = re.compile(
    r"</?(?:a|abbr|b|big|blockquote|br|center|cite|code|del|div|em|font|h[1-6]|hr|i|img|ins|kbd|li|mark|ol|p|pre|"
    r"q|s|samp|small|span|strike|strong|sub|sup|table|td|tr|tt|u|ul|var|video|wbr)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")


def cleaner(document: bytes, skeleton: bytes) -> Cleaner:
    """Return what cleans this document's texts: usually only the whitespace round them.

    Args:
        document: the whole of it in UTF-8; looked at once, so that the texts need not be.
        skeleton: the same but for what has no references.
    """
    references = _LATIN_REFERENCE.search(skeleton) is not None
    if references and _C1_REFERENCE.search(skeleton):
        return _clean_controls
    if b"\xc2" in document and _C1_BYTES.search(document):
        return _clean_controls
    # The lead bytes of text that was encoded twice are U+00C2 to U+00F4, which are C3 82 to C3 B4.
    return _clean if references or b"\xc3" in document else _strip


def looks_like_html(text: str) -> bool:
    """Tell whether a text that does not say so is meant as HTML: a known element, or a character entity."""
    if "<" in text and _MARKUP.search(text):
        return True
    if "&" in text:
        return any(html.unescape(found) != found for found in _ENTITY.findall(text))
    return False


def absolute(base: str, link: str) -> str:
    """Resolve a link; without a base, or where one of them is no URL, it stays as it is."""
    if not base or not link or link.startswith(("http://", "https://")):
        return link
    try:
        return urljoin(base, link)
    except ValueError:
        return link


def join_base(base: str, relative: str) -> str:
    """Return the base that an xml:base sets; one that is not http(s) is ignored."""
    joined = absolute(base, relative.strip())
    try:
        scheme = urlsplit(joined).scheme
    except ValueError:
        return base
    return joined if scheme in ("http", "https", "") else base


def repair_double_encoding(text: str) -> str:
    """Undo UTF-8 that was read as latin-1 or windows-1252 and encoded again; whole or not at all."""
    if not _TWICE_ENCODED.match(text):
        return text
    try:
        return _likelier(text.encode("latin-1").decode("utf-8"), text)
    except UnicodeDecodeError:
        return text
    except UnicodeEncodeError as error:
        # What stops latin-1 must be a windows-1252 continuation byte: no lead before it, no UTF-8.
        at = error.start
        if not at or text[at - 1] < "\x80" or text[at] not in _CP1252:
            return text
    try:
        repaired = codecs.charmap_encode(text, "strict", _TO_CP1252)[0].decode("utf-8")
    except UnicodeError:
        return text
    return text if _UNLIKELY.search(repaired) else _likelier(repaired, text)


def _likelier(repaired: str, text: str) -> str:
    # A single East Asian character may be three Western ones: é, a hard space and an ellipsis.
    return text if len(text) - len(repaired) == 2 and re.search(_WIDE, repaired) else repaired


def _strip(text: str | None) -> str:
    return text.strip() if text else ""


def _clean(text: str | None) -> str:
    if not text:
        return ""
    text = text.strip()
    if text.isascii() or (repaired := repair_double_encoding(text)) == text:
        return text
    return _C1_TEXT.sub(_meant, repaired)  # whatever else is in the document


def _clean_controls(text: str | None) -> str:
    text = _clean(text)
    return text if text.isascii() else _C1_TEXT.sub(_meant, text)


def _meant(control: re.Match[str]) -> str:
    return _CP1252[ord(control[0])]
