"""Which URLs may be asked for, and where a redirect leads. Text only: a name's addresses are judged later."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urljoin, urlsplit, urlunsplit

import requests

from feedhub.fetcher.problem import FetchProblem

_MAX_LENGTH = 8192
_MAX_HOST = 254
"""A name of the domain name system has 253 characters at most, and a dot may end it (RFC 1035)."""
_REMEMBERED_LENGTH = 512
"""Longer addresses are parsed each time: redirects that are never the same would fill 50 MB."""
_PORTS = {"http": 80, "https": 443}
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\]")


@dataclass(frozen=True, slots=True)
class Target:
    """A URL ready to be asked for: canonical, without fragment and userinfo. `host` has no brackets, `path`
    has the query."""

    url: str
    scheme: str
    host: str
    port: int
    path: str
    username: str = ""
    password: str = field(default="", repr=False)

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: what credentials belong to (RFC 6454)."""
        return self.scheme, self.host, self.port


def parse_target(url: str) -> Target:
    """Check a configured URL. Most are asked for again and again, and each is its own home.

    Raises: FetchProblem `scheme` for anything but http and https, `bad-url` for the rest.
    """
    return _remembered(url) if len(url) <= _REMEMBERED_LENGTH else _parsed(url)


def redirect_target(base: Target, location: str) -> Target:
    """Return where a Location leads (RFC 9110 section 10.2.2).

    Args:
        location: the header's value as latin-1 text; bytes above 0x7f are read as UTF-8 if they are it.
    Raises: FetchProblem `redirects` or `scheme`.
    """
    try:
        text = location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        text = location
    if not text.strip():
        raise FetchProblem("redirects", f"{base.host} redirects without saying where to")
    if len(text) > _MAX_LENGTH or _FORBIDDEN.search(text):
        raise FetchProblem(
            "redirects",
            f"{base.host} redirects to no valid address (too long, a control character or a backslash)",
        )
    try:
        target = parse_target(urljoin(base.url, text.strip(" ")))
    except ValueError as error:
        raise FetchProblem("redirects", f"{base.host} redirects to no valid address") from error
    except FetchProblem as problem:
        if problem.reason == "scheme":
            raise FetchProblem(
                "scheme", f"{base.host} redirects to something else: {problem.message}"
            ) from problem
        raise FetchProblem(
            "redirects", f"{base.host} redirects to no valid address: {problem.message}"
        ) from problem
    if target.username or target.password or "@" in _split(urljoin(base.url, text)).netloc:
        raise FetchProblem("redirects", f"{base.host} redirects to an address with a user name in it")
    return target


def without_userinfo(url: str) -> str:
    """Return a URL of any quality as it may be shown: no user name, no password."""
    if "@" not in url:
        return url
    return re.sub(r"^([^:/?#]*:)?//[^/?#]*@", r"\1//", url.replace("\\", "/"))


def _parsed(url: str) -> Target:
    text = url.strip(" ")
    if len(text) > _MAX_LENGTH:
        raise FetchProblem("bad-url", f"the address is longer than {_MAX_LENGTH} characters")
    if _FORBIDDEN.search(text):
        raise FetchProblem("bad-url", "the address holds a control character or a backslash")
    parts = _split(text)
    if not parts.scheme:
        raise FetchProblem("bad-url", "the address does not start with http:// or https://")
    if parts.scheme not in _PORTS:
        raise FetchProblem("scheme", f"{parts.scheme[:20]}: is not fetched, only http and https are")
    if parts.port == 0:
        raise FetchProblem("bad-url", "the address has the port 0")
    userinfo, _, place = parts.netloc.rpartition("@")
    username, _, password = userinfo.partition(":")
    canonical = _canonical(urlunsplit((parts.scheme, place, parts.path, parts.query, "")))
    asked = _split(canonical)
    host, port = asked.hostname, asked.port
    if not host:
        raise FetchProblem("bad-url", "the address has no host")
    if "%" in host:
        raise FetchProblem("bad-url", "the host of the address holds a percent sign")
    if len(host) > _MAX_HOST:
        raise FetchProblem("bad-url", f"the host of the address is longer than {_MAX_HOST} characters")
    return Target(
        canonical,
        asked.scheme,
        host,
        _PORTS[asked.scheme] if port is None else port,
        f"{asked.path}?{asked.query}" if asked.query else asked.path,
        unquote(username),
        unquote(password),
    )


_remembered = functools.lru_cache(maxsize=2048)(_parsed)


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise FetchProblem("bad-url", "the address is malformed") from error
    return parts


def _canonical(url: str) -> str:
    """Encode a URL as requests does, its host as IDNA."""
    prepared = requests.PreparedRequest()
    try:
        prepared.prepare_url(url, None)
    except (requests.RequestException, ValueError) as error:
        raise FetchProblem("bad-url", "the address is malformed: its host or port cannot exist") from error
    return prepared.url or ""
