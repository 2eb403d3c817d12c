"""What is said to a server, and what its answer's headers mean. Pure: values in, values out, nothing raised
for what a server can send."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from feedhub.fetcher.decoding import ACCEPT_ENCODING
from feedhub.fetcher.problem import FetchProblem
from feedhub.model import FetchOptions, FetchRequest

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/json;q=0.8, application/xml;q=0.8, text/xml;q=0.8, */*;q=0.1"
)
MAX_RETRY = timedelta(days=7)
"""A longer Retry-After is taken for this: a slip of the server must not lose a feed."""

_VALIDATORS = ("etag", "last-modified")
_SINGLE = frozenset(
    {*_VALIDATORS, "age", "content-length", "content-type", "date", "expires", "location", "retry-after"}
)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_LINE_BREAKS = re.compile(r"[\r\n\x00]+")
_SECONDS = re.compile(r"[0-9]+(\.[0-9]*)?")
_OURS = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "if-modified-since",
        "if-none-match",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_HTTP_DATE = re.compile(
    r"""
      [a-z]{3},[ ]   (?P<day>\d{1,2})[ ]  (?P<month>[a-z]{3})[ ]  (?P<year>\d{4})[ ]
                     (?P<time>[\d:]{8})[ ]  (?:GMT|UTC|[+-]0000)
    | [a-z]{6,9},[ ] (?P<day2>\d{1,2})-(?P<month2>[a-z]{3})-(?P<year2>\d{2})[ ] (?P<time2>[\d:]{8})[ ]GMT
    | [a-z]{3}[ ]    (?P<month3>[a-z]{3})[ ]{1,2}(?P<day3>\d{1,2})[ ] (?P<time3>[\d:]{8})[ ](?P<year3>\d{4})
    """,
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def request_headers(
    request: FetchRequest, user_agent: str, *, trusted: bool, validators: dict[str, bytes], jar: str = ""
) -> dict[str, bytes]:
    """Return the headers of one hop, the values as bytes.

    Args:
        trusted: the hop stays on the origin that was asked first: credentials, cookies and the feed's own
            headers go there alone.
        validators: what `validator_headers` gave, if this hop gets it.
        jar: cookies that this fetch's own redirects set for the hop's URL.
    Raises: FetchProblem `headers` when an option cannot be a header.
    """
    options = request.options
    said = {
        "User-Agent": options.user_agent or user_agent,
        "Accept": options.accept or ACCEPT,
        "Accept-Encoding": ACCEPT_ENCODING,
        "Connection": "close",
    }
    cookies = [jar] if jar else []
    if trusted:
        cookies = [f"{name}={value}" for name, value in options.cookies] + cookies
        said |= _authorization(options)
        said |= _own(options.headers, said)
    if cookies:
        said["Cookie"] = "; ".join(cookies)
    return {name: _encode(name, value) for name, value in said.items()} | validators


def validator_headers(request: FetchRequest) -> dict[str, bytes]:
    """Return the conditional headers, byte for byte as the validators were given; one that no header can have
    carried is left out."""
    given = {"If-None-Match": request.etag, "If-Modified-Since": request.last_modified}
    return {
        name: value.encode("latin-1")
        for name, value in given.items()
        if value and not _CONTROL.search(value) and max(value) <= "\xff"
    }


def response_headers(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return an answer's headers with lower-case names, repeated ones joined by a comma, no line breaks.

    Of a header that can have one value the first counts. Cookies are left out: none outlives its fetch. So
    are validators with control characters.
    """
    found: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name, value = raw_name.lower(), _LINE_BREAKS.sub(" ", raw_value).strip(" \t")
        if name in ("set-cookie", "set-cookie2") or (name in _VALIDATORS and _CONTROL.search(raw_value)):
            continue
        if name not in found:
            found[name] = value
        elif name not in _SINGLE:
            found[name] += f", {value}"
    return found


def retry_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Return when a server wants to be asked again, at most MAX_RETRY away; None if it does not say.

    Retry-After as seconds or as a date (RFC 9110 section 10.2.3), else the reset time of a used-up rate
    limit. Nonsense and the past are ignored.
    """
    value = headers.get("retry-after", "").strip()
    wait = _seconds(value)
    if wait is None:
        date = http_date(value, now)
        wait = date - now if date else None
    if wait is None and is_rate_limited(headers):
        wait = _reset(headers, now)
    if wait is None or wait <= timedelta():
        return None
    return now + min(wait, MAX_RETRY)


def is_rate_limited(headers: Mapping[str, str]) -> bool:
    """Tell whether an answer says that a rate limit is used up: GitHub's and the drafts' header names."""
    left = (headers.get("x-ratelimit-remaining"), headers.get("x-rate-limit-remaining"))
    if "0" in left or headers.get("ratelimit-remaining", "").split(",")[0].strip() == "0":
        return True
    return re.search(r"(?:\bremaining|;\s*r)\s*=\s*0(?![0-9.])", headers.get("ratelimit", "")) is not None


def http_date(text: str, now: datetime) -> datetime | None:
    """Read an HTTP date in its three forms (RFC 9110 section 5.6.7); None for anything else.

    Args:
        now: a two-digit year is the one within fifty years of it.
    """
    found = _HTTP_DATE.fullmatch(text.strip())
    if found is None:
        return None
    part = {name.rstrip("23"): value for name, value in found.groupdict().items() if value is not None}
    year = int(part["year"])
    if len(part["year"]) == 2:
        year += now.year // 100 * 100
        year -= 100 if year > now.year + 50 else 0
    try:
        hour, minute, second = (int(digits) for digits in part["time"].split(":"))
        month = _MONTHS.index(part["month"].lower()) + 1
        return datetime(year, month, int(part["day"]), hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None


def basic(username: str, password: str) -> str:
    """Return the credentials of Basic authentication, in UTF-8 (RFC 7617 section 2.1)."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")


def _authorization(options: FetchOptions) -> dict[str, str]:
    if options.bearer:
        return {"Authorization": f"Bearer {options.bearer}"}
    if options.username or options.password:
        return {"Authorization": basic(options.username, options.password)}
    return {}


def _own(headers: tuple[tuple[str, str], ...], said: Mapping[str, str]) -> dict[str, str]:
    """Return a feed's own headers, under the spelling of those they replace."""
    spelling = {name.lower(): name for name in said}
    own: dict[str, str] = {}
    for name, value in headers:
        if not _TOKEN.fullmatch(name):
            raise FetchProblem("headers", f"{name[:40]!r} of `fetch.headers` is no header name")
        if name.lower() in _OURS:
            raise FetchProblem("headers", f"{name} of `fetch.headers` is for the fetcher to say")
        own[spelling.get(name.lower(), name)] = value
    return own


def _encode(name: str, value: str) -> bytes:
    if _CONTROL.search(value):
        raise FetchProblem("headers", f"the value for {name} holds a line break or a control character")
    try:
        return value.strip().encode("latin-1")
    except UnicodeEncodeError:
        return value.strip().encode("utf-8", "replace")


def _seconds(text: str) -> timedelta | None:
    if not _SECONDS.fullmatch(text):
        return None
    whole = text.partition(".")[0].lstrip("0") or "0"
    return MAX_RETRY if len(whole) > 9 else timedelta(seconds=int(whole))


def _reset(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how long until a rate limit's window ends: seconds, or (GitHub) seconds since 1970."""
    for name in ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset"):
        wait = _seconds(headers.get(name, "").strip())
        if wait is None:
            continue
        digits = headers[name].strip().partition(".")[0]
        if 9 < len(digits) < 12:
            return timedelta(seconds=int(digits)) - (now - datetime(1970, 1, 1, tzinfo=UTC))
        return wait
    return None
