"""The kinds of value the YAML knows: durations, sizes, addresses, names. Text in, value or sentence out."""

from __future__ import annotations

import codecs
import functools
import ipaddress
import re
from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from feedhub.model import Digest

_LONGEST = timedelta(days=36_500)
_DURATION = re.compile(
    r"(?:(\d{1,9})w)?(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9}(?:\.\d{1,6})?)s)?"
)
_SPELLED = re.compile(
    r"(\d+)\s*(s|m|h|d|w)(?:ec|ecs|econds?|ins?|inutes?|rs?|ours?|ays?|eeks?)?\b", re.IGNORECASE
)
_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)\s*(?:([kmg])(i?))?b?", re.IGNORECASE)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DIGEST = re.compile(r"(?:daily|weekly on (?P<day>[a-z]{3,9})) at (?P<hour>\d{1,2}):(?P<minute>\d{2})")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_ACCESS_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,200}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_BAD_IN_URL = re.compile(r"[\x00-\x20\x7f<>\"\\]")
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+")
_PORT = re.compile(r"(.+):(\d{1,6})")
_UNITS = ("weeks", "days", "hours", "minutes", "seconds")


def parse_duration(value: object) -> timedelta:
    """Read `90s`, `15m`, `1h30m`, `7d`, `2w`; 0 is no time at all.

    Raises ValueError with a sentence for people.
    """
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    return _duration(text.strip().lower())


@functools.lru_cache(maxsize=256)
def _duration(text: str) -> timedelta:
    if text == "0":
        return timedelta()
    found = _DURATION.fullmatch(text)
    if not text or not found:
        close = "".join(f"{number}{unit}" for number, unit in _SPELLED.findall(text))
        if text.isdigit():
            close = f"{text}s or {text}m"
        hint = f" (did you mean {close}?)" if close else ""
        raise ValueError(f"a duration is written with its unit, such as 90s, 15m, 1h30m or 7d{hint}")
    span = timedelta(**{unit: float(part) for unit, part in zip(_UNITS, found.groups(), strict=True) if part})
    if span > _LONGEST:
        raise ValueError("longer than a hundred years")
    return span


def parse_size(value: object) -> int:
    """Read `20MB` (decimal), `512KiB` (binary) or a number of bytes; raises ValueError."""
    found = _SIZE.fullmatch(str(value).strip()) if isinstance(value, (str, int)) else None
    if isinstance(value, bool) or not found:
        raise ValueError("a size is written such as 20MB, 512KiB, or as a number of bytes")
    number, prefix, binary = found.groups()
    power = " kmg".index(prefix.lower()) if prefix else 0
    size = int(float(number) * (1024 if binary else 1000) ** power)
    if not 1 <= size <= 10**12:
        raise ValueError("a size must be at least 1 byte and at most 1000GB")
    return size


def parse_private(text: str) -> str:
    """Check an address or network that may be asked although it is private: `10.0.0.5`, `127.0.0.0/8:8080`,
    `[fd00::/8]:8080`; returns it normalised. Raises ValueError."""
    text = text.strip()
    bracketed = re.fullmatch(r"\[([^\]]*)\](?::(\d{1,6}))?", text)
    with_port = _PORT.fullmatch(text) if text.count(":") == 1 else None
    where, port = text, ""
    if bracketed:
        where, port = bracketed[1], bracketed[2] or ""
    elif with_port:
        where, port = with_port[1], with_port[2]
    if port and not 1 <= int(port) <= 65535:
        raise ValueError(f"the port {port} is not between 1 and 65535")
    try:
        network = ipaddress.ip_network(where)
    except ValueError:
        raise ValueError(_private_hint(text, where)) from None
    shown = str(network.network_address if network.prefixlen == network.max_prefixlen else network)
    if not port:
        return shown
    return f"[{shown}]:{port}" if network.version == 6 else f"{shown}:{port}"


def parse_redirector(text: str) -> str:
    """Read a host, or host and path, whose links lead elsewhere; raises ValueError."""
    host, slash, path = text.strip().partition("://")[2 if "://" in text else 0].partition("/")
    host = host.lower().removeprefix("www.")
    if not _HOST.fullmatch(host):
        raise ValueError("a redirector is named by its host, or host and path: news.example.com/go")
    return f"{host}{slash}{path}"


def parse_feed_url(text: str) -> str:
    """Check a feed's address; raises ValueError, whose sentence never repeats it: it may hold a secret."""
    text = text.strip()
    if text.startswith("feed:"):
        rest = text.removeprefix("feed:").removeprefix("//")
        text = rest if rest.startswith(("http://", "https://")) else f"http://{rest}"
    if not text.lower().startswith(("http://", "https://")):
        scheme = _SCHEME.match(text)
        if scheme and not re.match(r"[^/:]+\.[^/:]+:\d", text):
            raise ValueError(f"only http and https addresses are asked, not {scheme[0].lower()}")
        raise ValueError("an address starts with https:// or http://")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("this address cannot be read: its host or port is broken") from None
    if not host:
        raise ValueError("this address names no host")
    if bad := _BAD_IN_URL.search(text):
        raise ValueError(f"the character {bad[0]!r} cannot stand in an address; write %{ord(bad[0]):02X}")
    try:
        host.encode("ascii" if host.isascii() else "idna")
    except UnicodeError:
        raise ValueError("the host name of this address is not a legal one") from None
    return text


def parse_web_url(text: str) -> str:
    """Check an http(s) address without user name, query or fragment."""
    text = parse_feed_url(text)
    if "@" in urlsplit(text).netloc:
        raise ValueError("an address that is published holds no user name or password")
    return text


def check_header_value(text: str) -> str:
    """Refuse what would end a header line, and what Latin-1 cannot carry (RFC 9110 section 5.5)."""
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", text):
        raise ValueError("a header's value cannot contain a line break or a control character")
    try:
        text.encode("latin-1")
    except UnicodeError:
        raise ValueError("a header's value is plain ASCII or Latin-1 text") from None
    return text.strip()


def check_headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Refuse illegal header names, those that belong to the connection, and one name twice."""
    seen: set[str] = set()
    for name in headers:
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no header name")
        if name.lower() in {"host", "content-length", "transfer-encoding", "connection"}:
            raise ValueError(f"the header {name} is FeedHub's to set")
        if name.lower() in {"if-none-match", "if-modified-since"}:
            raise ValueError(f"the header {name} is FeedHub's to set: it asks only for what has changed")
        if name.lower() in seen:
            raise ValueError(f"the header {name} is given twice")
        seen.add(name.lower())
    return headers


def check_timezone(text: str) -> str:
    """Accept an IANA time zone name; raises ValueError with a suggestion."""
    known = _timezones()
    if text in known:
        return text
    close = get_close_matches(text, known, n=1) or [name for name in known if name.endswith(f"/{text}")][:1]
    hint = f" (did you mean {close[0]}?)" if close else ", such as Europe/Berlin or Asia/Shanghai"
    raise ValueError(f"{text!r} is no time zone{hint}")


def check_encoding(text: str) -> str:
    """Accept a character encoding that Python knows."""
    try:
        codec = codecs.lookup(text)
    except (LookupError, ValueError):
        raise ValueError(
            f"{text!r} is no character encoding, such as utf-8, gb18030 or windows-1252"
        ) from None
    if not codec._is_text_encoding:
        raise ValueError(f"{text!r} is no character encoding, such as utf-8, gb18030 or windows-1252")
    return text


def check_label(text: str) -> str:
    """Accept the name of a tag or category: visible text on one line, at most 100 characters."""
    text = " ".join(text.split())
    if not text:
        raise ValueError("a name cannot be empty")
    if len(text) > 100:
        raise ValueError("a name of more than 100 characters")
    if not text.isprintable():
        raise ValueError("a name cannot contain invisible characters")
    if text.startswith("/"):
        raise ValueError("a name cannot start with /: that begins a regular expression in conditions")
    return text


def check_slug(text: str) -> str:
    """Accept what stands in an address: lower-case ASCII letters, digits, single hyphens."""
    if not _SLUG.fullmatch(text) or len(text) > 100:
        raise ValueError("a slug is made of a-z, 0-9 and single hyphens, such as world-news")
    return text


def parse_digest(text: str) -> Digest:
    """Read `daily at 07:00` or `weekly on monday at 07:00`; raises ValueError."""
    found = _DIGEST.fullmatch(" ".join(text.lower().split()))
    day = found["day"] if found else ""
    weekday = next((number for number, name in enumerate(_WEEKDAYS) if day and name.startswith(day)), None)
    if not found or (day and weekday is None):
        raise ValueError("a digest is written such as daily at 07:00 or weekly on monday at 07:00")
    hour, minute = int(found["hour"]), int(found["minute"])
    if hour > 23 or minute > 59:
        raise ValueError(f"there is no {hour:02}:{minute:02}; a day ends at 23:59")
    return Digest(hour, minute, weekday)


def check_id(text: str) -> str:
    """Accept a feed's id."""
    if not _ID.fullmatch(text) or len(text) > 100:
        raise ValueError("an id is made of letters, digits, '.', '_' and '-', such as bbc-world")
    return text


def check_access_token(text: str) -> str:
    """Accept what opens a private output; the sentence never repeats it."""
    if not _ACCESS_TOKEN.fullmatch(text):
        raise ValueError("a token stands in an address: 16 to 200 letters, digits, '-' and '_'")
    return text


def check_username(text: str) -> str:
    """Accept a user name for basic authentication (RFC 7617 section 2)."""
    if not text or ":" in text or not text.isprintable():
        raise ValueError("a user name is visible text without a colon")
    return text


def check_file_name(text: str) -> str:
    """Accept the name of a file or folder that leads nowhere else."""
    if not _FILE_NAME.fullmatch(text):
        raise ValueError("a name here is made of letters, digits, '.', '_' and '-', such as _archive")
    return text


def check_proxy(text: str) -> str:
    """Accept a proxy's address; the sentence never repeats it: it may hold a password."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("this proxy address cannot be read") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("a proxy is written http://host:port")
    return text


def _digest(value: object) -> Digest:
    return value if isinstance(value, Digest) else parse_digest(value if isinstance(value, str) else "")


def _listed(value: object) -> object:
    return value if isinstance(value, list) or value is None else [value]


def _not_bool(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("a whole number is meant here")
    return value


def _private_hint(text: str, where: str) -> str:
    try:
        network = ipaddress.ip_network(where, strict=False)
    except ValueError:
        if where.count(":") > 1 and not where.startswith("["):
            return f"{text!r} is no address or network; an IPv6 address with a port is written [::1]:8080"
        return f"{text!r} is no address or network, such as 127.0.0.1, 10.0.0.0/8 or 192.168.1.5:8080"
    return f"{text!r} is an address inside a network (did you mean {network} or {where.split('/')[0]}?)"


@functools.cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


class _OneOrList:
    """Says in the JSON Schema that the brackets round a single value may be left out."""

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        many = handler(core)
        return {"anyOf": [many["items"], many]}


T = TypeVar("T")
Many = Annotated[list[T], BeforeValidator(_listed), _OneOrList()]
"""One value or a list."""


def _text_schema(title: str, pattern: str = "") -> WithJsonSchema:
    schema: dict[str, Any] = {"type": "string", "title": title}
    if pattern:
        schema["pattern"] = pattern
    return WithJsonSchema(schema)


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    _text_schema("duration", r"^(0|(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+(\.\d+)?s)?)$"),
]
Positive = Annotated[Duration, Field(gt=timedelta())]
Size = Annotated[
    int, BeforeValidator(parse_size), WithJsonSchema({"type": ["string", "integer"], "title": "size"})
]
Whole = Annotated[int, BeforeValidator(_not_bool)]
FeedURL = Annotated[str, AfterValidator(parse_feed_url), _text_schema("URL")]
WebURL = Annotated[str, AfterValidator(parse_web_url), _text_schema("URL")]
ProxyURL = Annotated[str, AfterValidator(check_proxy), _text_schema("URL")]
HeaderValue = Annotated[str, AfterValidator(check_header_value)]
Headers = Annotated[dict[str, HeaderValue], AfterValidator(check_headers)]
Timezone = Annotated[str, AfterValidator(check_timezone), _text_schema("time zone")]
Encoding = Annotated[str, AfterValidator(check_encoding), _text_schema("encoding")]
Redirector = Annotated[str, AfterValidator(parse_redirector)]
Label = Annotated[str, AfterValidator(check_label)]
Slug = Annotated[str, AfterValidator(check_slug), _text_schema("slug")]
DigestTime = Annotated[
    Digest,
    BeforeValidator(_digest),
    _text_schema("digest", r"^(daily|weekly on [a-z]+) at \d{1,2}:\d{2}$"),
]
FeedId = Annotated[str, AfterValidator(check_id), _text_schema("id")]
FileName = Annotated[str, AfterValidator(check_file_name)]
AccessToken = Annotated[str, AfterValidator(check_access_token)]
Username = Annotated[str, AfterValidator(check_username)]
PrivateRange = Annotated[str, AfterValidator(parse_private), _text_schema("address or network")]
