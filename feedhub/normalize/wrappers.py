"""Redirectors that carry the address they lead to: aggregators, search engines, click counters, AMP caches.

What is published is the publisher's own link, read out of the wrapper and never asked for. A short link,
whose target only its server knows, stays what it is.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, unquote

from feedhub.normalize.links import absolute

Wrapper = tuple[str, tuple[str, ...]]
"""A host, with a path's beginning if wanted, and the parameters that may carry the target, in the order
tried; none of them: it stands in the path."""


def unwrapped(link: str, more: Sequence[Wrapper] = ()) -> str:
    """Return the address that a redirector's link leads to, absolute; any other link as it is.

    `more` are redirectors besides those known.
    """
    if "http" not in link[_INSIDE:] and not any(map(link.__contains__, _OTHERS)):
        return link
    for _ in range(_MAX_DEPTH):
        target = absolute(_target(link, more))
        if not target or target == link:
            break
        link = target
    return link


_MAX_DEPTH = 3
_INSIDE = 8
"""Where an address inside another one can begin: after `https://`."""
_OTHERS = ("://news.google.", ".cdn.ampproject.org/", "/amp/s/", "://go.theregister.com/")
"""What is in the links of those that do not spell out the scheme of what they carry."""
_PARTS = re.compile(r"https?://(?:[^/?#@]*@)?(?:www\.)?([^/?#:]+)(?::\d+)?([^?#]*)(?:\?([^#]*))?", re.I)
_GOOGLE = re.compile(r"google\.(?:com?\.)?[a-z]{2,3}")
_AMP_CACHE = re.compile(r"/(?:amp|c|v|a)/(?:s/)?([^/]+\.[^/]+/.*)", re.S)
_IN_PATH = re.compile(r"https?(?::|%3a)(?:/|%2f){1,2}[^/].*", re.I | re.S)
_SLASHES = re.compile(r":/+")
_NEWS_ID = re.compile(r"/(?:__i/)?(?:rss/)?(?:rd/)?(?:articles|read)/(CBM[A-Za-z0-9_-]{20,2000})=*$")
_NEWS_TARGET = re.compile(rb"https?://[!-~]+")

_KNOWN: dict[str, tuple[Wrapper, ...]] = {
    "news.google.com": (("/news/url", ("url",)),),
    "bing.com": (("/news/apiclick.aspx", ("url",)),),
    "duckduckgo.com": (("/l/", ("uddg",)),),
    "r.search.yahoo.com": (("", ()),),
    "rd.yahoo.com": (("", ()),),
    "us.rd.yahoo.com": (("", ()),),
    "l.facebook.com": (("/l.php", ("u",)),),
    "lm.facebook.com": (("/l.php", ("u",)),),
    "facebook.com": (("/l.php", ("u",)),),
    "l.messenger.com": (("/l.php", ("u",)),),
    "l.instagram.com": (("/", ("u",)),),
    "out.reddit.com": (("", ("url",)),),
    "t.umblr.com": (("/redirect", ("z",)),),
    "youtube.com": (("/redirect", ("q",)),),
    "linkedin.com": (("/redir/redirect", ("url",)),),
    "medium.com": (("/r/", ("url",)),),
    "disq.us": (("/url", ("url",)),),
    "getpocket.com": (("/redirect", ("url",)),),
    "steamcommunity.com": (("/linkfilter", ("u", "url")),),
    "vk.com": (("/away.php", ("to",)),),
    "weibo.cn": (("/sinaurl", ("u", "toasturl")),),
    "link.zhihu.com": (("/", ("target",)),),
    "link.juejin.cn": (("/", ("target",)),),
    "link.csdn.net": (("/", ("target",)),),
    "gitee.com": (("/link", ("target",)),),
    "jianshu.com": (("/go-wild", ("url",)),),
    "c.pc.qq.com": (("/middlem.html", ("pfurl",)),),
    "redirect.viglink.com": (("", ("u",)),),
    "go.skimresources.com": (("", ("url",)),),
    "click.linksynergy.com": (("", ("murl",)),),
}
"""Redirectors by host, `www` left out."""


def _target(link: str, more: Sequence[Wrapper]) -> str:
    """Return the address that a link carries inside itself; empty if it is no redirector's."""
    parts = _PARTS.match(link)
    if parts is None:
        return ""
    host, path, query = parts[1].lower(), parts[2], parts[3] or ""
    own = [(place.partition("/"), names) for place, names in more] if more else ()
    added = [(slash + rest, names) for (name, slash, rest), names in own if name == host]
    if found := _carried(path, query, (*added, *_KNOWN.get(host, ()))):
        return found
    if host == "news.google.com" and (id := _NEWS_ID.fullmatch(path)):
        return _news_target(id[1])
    if host.endswith(".cdn.ampproject.org") or (path.startswith("/amp/") and _GOOGLE.fullmatch(host)):
        cached = _AMP_CACHE.match(path)
        return f"https://{cached[1]}{'?' if query else ''}{query}" if cached else ""
    if _GOOGLE.fullmatch(host):
        return _carried(path, query, (("/url", ("q", "url")),))
    if host == "go.theregister.com" and path.startswith("/feed/"):
        return f"https://{path.removeprefix('/feed/')}"
    if host == "href.li":
        return query if query.startswith(("http://", "https://")) else ""
    return ""


def _carried(path: str, query: str, wrappers: Iterable[Wrapper]) -> str:
    for prefix, names in wrappers:
        if not path.startswith(prefix):
            continue
        if names:
            values = dict(parse_qsl(query))
            found = (
                values[name] for name in names if values.get(name, "").startswith(("http://", "https://"))
            )
            if target := next(found, ""):
                return target
        elif inside := _IN_PATH.search(path, len(prefix)):
            return _in_path(inside[0], query)
    return ""


def _in_path(target: str, query: str) -> str:
    """Return a target that stands in a path: bare with the query, or escaped up to the next slash."""
    if target.partition(":")[2].startswith("/"):
        return _SLASHES.sub("://", f"{target}{'?' if query else ''}{query}", count=1)
    return unquote(target.partition("/")[0])


def _news_target(id: str) -> str:
    """Return the address inside an id of Google News, as the ids before 2024 have it; empty: it is opaque."""
    try:
        data = base64.urlsafe_b64decode(id + "=" * (-len(id) % 4))
    except binascii.Error:
        return ""
    found = _NEWS_TARGET.search(data)
    return found[0].decode("ascii") if found else ""
