"""Links that may be published: absolute, http or https, without hidden characters."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from w3lib.url import safe_url_string

MAX_LINK = 4096
NOWHERE = "https://relative.invalid/"
"""What relative addresses lead to when nothing says where they belong (RFC 2606 section 2)."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]+")
_PORT = "(?::(?:[0-5]?[0-9]{1,4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
_PLAIN = re.compile(rf"https?://[A-Za-z0-9.-]+{_PORT}(?:[/?#][!#-;=?-Z_a-z~]*)?")
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
# Addresses that are put together by appending: `/a/b.png`, `b.png` or `#note` to a site, a folder or a page.
_PATH = r"[!$-9=@-Z_a-z~]*+"
_REST = re.compile(
    rf"#[!$-;=?-Z_a-z~]+|(?:/(?!/)|[%A-Za-z0-9_]){_PATH}(?:\?[!$-;=?-Z_a-z~]+)?(?:#[!$-;=?-Z_a-z~]+)?"
)
_BASE = re.compile(rf"((https?://[A-Za-z0-9.-]+{_PORT})(?:/{_PATH})?)(?:\?[!$-;=?-Z_a-z~]*)?")


def absolute(link: str, base: str = "") -> str:
    """Return the link as an absolute http(s) URL in ASCII, or "" when it is none.

    Controls, line breaks and invisible characters inside are taken out, spaces and other characters
    percent-encoded as browsers do, so that the address asked for stays the same. `base` resolves a relative
    link.
    Source: WHATWG URL section 4.4; RFC 3987 section 3.1.
    """
    encoded = link if link.isascii() else _encoded(link)
    if _PLAIN.fullmatch(encoded) and len(encoded) <= MAX_LINK:
        return encoded
    if _REST.fullmatch(encoded) and "/." not in encoded and (place := _place(base)):
        joined = _appended(encoded, *place)
        if len(joined) <= MAX_LINK:
            return joined
    link = _CONTROLS.sub("", link[: MAX_LINK * 2].strip()).strip()
    if not link or len(link) > MAX_LINK:
        return ""
    try:
        joined = urljoin(base, link.replace("\\", "/") if "://" not in link else link)
        if _PLAIN.fullmatch(joined) and len(joined) <= MAX_LINK:
            return joined
        parts = urlsplit(joined)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return ""
        parts.port  # noqa: B018 - raises when it is no number
        safe = safe_url_string(joined)
        if not urlsplit(safe).hostname:
            return ""
    except (ValueError, UnicodeError):
        return ""
    return safe if len(safe) <= MAX_LINK else ""


def _encoded(link: str) -> str:
    """Return a link with its characters beyond ASCII percent-encoded, as browsers do it outside the host."""
    return link if _CONTROLS.search(link) else _FOREIGN.sub(_percents, link.strip())


def _percents(found: re.Match[str]) -> str:
    return "%" + found[0].encode().hex("%").upper()


@lru_cache(maxsize=256)
def _known_place(base: str) -> tuple[str, str, str] | None:
    found = _BASE.fullmatch(base)
    return (found[0], found[1], found[2]) if found and "/." not in found[1] else None


def _place(base: str) -> tuple[str, str, str] | None:
    """Return a page, without its query, and its site; None where there are dots to remove, or more to it."""
    return _known_place(base) if len(base) <= MAX_LINK else None


def _appended(link: str, page: str, path: str, site: str) -> str:
    """Return what RFC 3986 section 5.2 comes to where there are no dots to remove."""
    if link[0] == "#":
        return page + link
    if link[0] == "/" or path == site:
        return f"{site}/{link.removeprefix('/')}"
    return path[: path.rindex("/") + 1] + link
