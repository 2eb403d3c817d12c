"""The canonical form of a link, for matching only: what is published is the publisher's own link.

Only what is known to change nothing is folded: an unknown parameter or fragment stays, because
`ref`, `source` and `id` are what tells pages apart on some sites.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlencode, urlsplit

from feedhub.merger.lexicon import TRACKING
from feedhub.model import LinkPolicy

_MAX_LENGTH = 2048
_KNOWN_ALONE = LinkPolicy()

_TRACKING_PREFIXES = (
    "utm_",
    "utm-",
    "hsa_",
    "sc_campaign",
    "sc_channel",
    "sc_content",
    "sc_medium",
    "sc_outcome",
)
_NOISE_PAIRS = frozenset(
    {("amp", ""), ("amp", "1"), ("amp", "true"), ("outputtype", "amp")}
    | {("ref", "rss"), ("source", "rss"), ("from", "rss"), ("rss", ""), ("rss", "1"), ("rss", "yes")}
)
"""Parameters that are noise with this value alone: `ref` and `source` select pages on some sites."""


_NOISE_FRAGMENT = re.compile(
    r"(?:utm_|xtor=|ref=rss|rss$|comments?$|respond$|more-\d+$|:~:|\.[A-Za-z0-9_]{6,}$|intcid=|publisher=newsstand|tk\.rss|ftag=|at_|ns_)"
)
_DEVICE_HOST = re.compile(r"^(?:www\d?|m|mobile|amp|wap)\.(?=[^.]+\.)")
_MOBILE_WIKI = re.compile(r"(?<=.)\.m\.(?=wik|media)")
_SEGMENT = "!$&'()*+,;=:@~"
_PLAIN_PATH = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=:@/]*")
_PLAIN_LINK = re.compile(r"https?://([a-z0-9-]+(?:\.[a-z0-9-]+)+)(/[A-Za-z0-9\-._~!$&'()*+,;=:@/]*)")
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|jsp)$", re.I)
_AMP_PATH = re.compile(r"/amp/?$|(?<=\.html)\.amp$|\.amp(?=\.html?$)|\.amp$", re.I)


def link_key(link: str, policy: LinkPolicy = _KNOWN_ALONE) -> str:
    """Return the form of a link that equal links share, or an empty string if it identifies nothing.

    Where the policy is not `canonical` only scheme, host case and default port are folded. A home page is no
    key: a feed that has nothing better to link to links there.
    """
    link = link.strip()
    if len(link) > _MAX_LENGTH:
        return ""
    try:
        if policy.canonical:
            return _canonical(link, policy)
        parts = urlsplit(link)
        if parts.scheme not in ("http", "https"):
            return ""
        host = _host(parts.hostname, parts.port)
    except ValueError:
        return ""
    if parts.path in ("", "/") and not parts.query and not parts.fragment:
        return ""
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{host}{parts.path or '/'}{query}{fragment}" if host else ""


def _canonical(link: str, policy: LinkPolicy) -> str:
    if plain := _PLAIN_LINK.fullmatch(link):  # nine in ten, for less than urlsplit takes
        host, path, asked, fragment = plain[1], plain[2], "", ""
    else:
        parts = urlsplit(link)
        if parts.scheme not in ("http", "https"):
            return ""
        host, path, asked = _host(parts.hostname, parts.port), parts.path, parts.query
        fragment = parts.fragment.strip()
    if not host:
        return ""
    host = _MOBILE_WIKI.sub(".", _DEVICE_HOST.sub("", host, count=1))
    path = _path(path)
    query = _query(asked, policy) if asked else ""
    if fragment and _NOISE_FRAGMENT.match(fragment):
        fragment = ""
    if not path and not query and not fragment:
        return ""
    return f"{host}{path}{'?' if query else ''}{query}{'#' if fragment else ''}{fragment}"


def _host(name: str | None, port: int | None) -> str:
    host = (name or "").rstrip(".")
    if host and not host.isascii():
        host = host.encode("idna").decode("ascii")
    return f"{host}:{port}" if host and port not in (None, 80, 443) else host


def _path(path: str) -> str:
    if not _PLAIN_PATH.fullmatch(path):
        # One spelling for %7e, %7E, ~ and for raw and escaped non-ASCII; %2F stays what it is.
        path = "/".join(quote(unquote_to_bytes(part), safe=_SEGMENT) for part in path.split("/"))
    path = path.rstrip("/")
    if "amp" in path.lower():
        path = _AMP_PATH.sub("", path)
    if "." in path[-6:]:
        path = _INDEX.sub("/", path)
    if path.startswith("/amp/"):
        path = path[4:]
    return path.rstrip("/")


def _query(query: str, policy: LinkPolicy) -> str:
    kept = sorted(
        (name, value)
        for name, value in parse_qsl(query, keep_blank_values=True)
        if not _is_tracking(name.lower(), value.lower(), policy)
    )
    return urlencode(kept)


def _is_tracking(name: str, value: str, policy: LinkPolicy) -> bool:
    if name in policy.keep:
        return False
    known = name in TRACKING or name.startswith(_TRACKING_PREFIXES) or (name, value) in _NOISE_PAIRS
    return known or name in policy.strip
