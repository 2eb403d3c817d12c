"""Strings fit to be published: legal in XML, plain where plain is meant, addresses that are addresses.

The normaliser has cleaned what comes from feeds already; this is the second lock on the same door.
"""

from __future__ import annotations

import html
import re
from urllib.parse import quote, urlsplit, urlunsplit

import lxml.html
from lxml import etree

_ILLEGAL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PLAIN_URI = re.compile(
    r"https?://[a-z0-9.-]+(:\d{1,4})?"
    r"([/?]([A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)?"
    r"(\#([A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)?"
)
_SAFE = "/%:@!$&'()*+,;=~-._"
_LOOSE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_MIME = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_BLOCK = re.compile(
    r"address|article|aside|blockquote|br|dd|div|dl|dt|figcaption|figure|footer|h[1-6]|header|hr|li|main|nav"
    r"|ol|p|pre|section|table|td|th|tr|ul"
)
# A table of our own: `mimetypes` reads the machine's files, and the bytes would differ between hosts.
_TYPES = {
    "aac": "audio/aac",
    "avif": "image/avif",
    "epub": "application/epub+zip",
    "flac": "audio/flac",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "m4a": "audio/mp4",
    "m4v": "video/mp4",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "ogv": "video/ogg",
    "opus": "audio/ogg",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "wav": "audio/wav",
    "webm": "video/webm",
    "webp": "image/webp",
    "zip": "application/zip",
}


def legal(text: str) -> str:
    """Drop what XML 1.0 section 2.2 forbids: control characters, lone surrogates, U+FFFE and U+FFFF."""
    return _ILLEGAL.sub("", text)


def line(text: str) -> str:
    """Return the text legal and on one line, without white space at its ends."""
    return " ".join(legal(text).split())


def plain(markup: str) -> str:
    """Return what a reader would see of some HTML, on one line; blocks are set apart by a space."""
    markup = legal(markup)
    if "<" not in markup and "&" not in markup:
        return " ".join(markup.split())
    try:
        root = lxml.html.fragment_fromstring(markup, create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return line(markup)
    for element in root.iter(etree.Element):
        if _BLOCK.fullmatch(element.tag):
            element.text = " " + (element.text or "")
            element.tail = " " + (element.tail or "")
    return line(str(root.text_content()))


def excerpt(text: str, limit: int) -> str:
    """Return the text, cut to `limit` characters at most, at a space if there is one, with an ellipsis."""
    if len(text) <= limit:
        return text
    head, space, _ = text[:limit].rpartition(" ")
    return (head if space and len(head) > limit // 2 else text[: limit - 1]).rstrip(" ,.;:-") + "…"


def escaped(text: str) -> str:
    """Return plain text as HTML."""
    return html.escape(text, quote=True)


def address(url: str) -> str:
    """Return an http(s) URL as a URI of RFC 3986, without user and password; empty if it is none.

    What is outside of ASCII or not allowed is percent-encoded (the host in Punycode), nothing else changes.
    """
    if _PLAIN_URI.fullmatch(url):
        return url
    try:
        parts = urlsplit(legal(url).strip())
        host, port = parts.hostname or "", parts.port
        if not host.isascii():
            host = host.encode("idna").decode("ascii")
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[a-z0-9._~:-]+", host):
        return ""
    netloc = (f"[{host}]" if ":" in host else host) + (f":{port}" if port is not None else "")
    query, fragment = _encoded(parts.query, "?"), _encoded(parts.fragment, "?")
    return urlunsplit((parts.scheme, netloc, _encoded(parts.path, ""), query, fragment))


def without_query(url: str) -> str:
    """Return the URL up to its query: where a private feed carries its key."""
    return url.partition("#")[0].partition("?")[0]


def media_type(declared: str, url: str) -> str:
    """Return a declared media type if it is one, else what the address ends in says, else octets."""
    declared = declared.partition(";")[0].strip().lower()
    if _MIME.fullmatch(declared):
        return declared
    return _TYPES.get(urlsplit(url).path.rpartition(".")[2].lower(), "application/octet-stream")


def language(tag: str) -> str:
    """Return a language tag of BCP 47's shape; empty if it is none."""
    tag = tag.strip().replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else ""


def email(text: str) -> str:
    """Return an address that a validator takes for one; empty if it is none."""
    text = text.strip()
    return text if _EMAIL.fullmatch(text) else ""


def _encoded(part: str, extra: str) -> str:
    return quote(_LOOSE_PERCENT.sub("%25", part), safe=_SAFE + extra)
