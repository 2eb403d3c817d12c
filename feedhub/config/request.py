"""How a feed is asked for: the settings of the levels above and its own, made into `FetchOptions`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from feedhub.config.document import Document, Trail
from feedhub.config.models import Auth, Links, Request, Secured
from feedhub.config.values import check_header_value, check_headers
from feedhub.model import FetchOptions, Limits, LinkPolicy

MAX_SECRET_BYTES = 65_536
_LIMITS = {
    "timeout": "total_s",
    "connect_timeout": "connect_s",
    "read_timeout": "read_s",
    "max_bytes": "max_bytes",
    "max_header_bytes": "max_header_bytes",
    "max_redirects": "max_redirects",
    "max_entries": "max_entries",
}
_LINKS = "canonical_links"
_ADDED = ("headers", "cookies", "allow_private")
_SECRET_HEADER = re.compile(r"auth|cookie|token|secret|api-?key|password", re.IGNORECASE)
REQUEST_KEYS = frozenset(Request.model_fields) | {"auth", "cookies"}


def merged(above: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings where the own win; headers, cookies, private ranges and what is said of
    links are added to those above."""
    if not own:
        return dict(above)
    both = {**above, **own}
    for name in _ADDED:
        if name in above and name in own:
            both[name] = _added(above[name], own[name])
    if _LINKS in above and _LINKS in own:
        both[_LINKS] = _links_added(above[_LINKS], own[_LINKS])
    return both


def resolved(settings: Request, document: Document, trail: Trail, files: list[Path]) -> dict[str, Any]:
    """Return what a level sets, with paths made absolute and secrets read from their files.

    Mistakes are noted in the document; every file read is appended to `files`.
    """
    given = settings.given()
    if "ca_file" in given:
        given["ca_file"] = _existing(given["ca_file"], document, (*trail, "ca_file"))
    if "client_cert" in given:
        given["client_cert"] = [
            _existing(name, document, (*trail, "client_cert", index))
            for index, name in enumerate(given["client_cert"])
        ]
    if isinstance(settings, Secured):
        _read_cookies(given, document, trail, files)
        if "auth" in given:
            given["auth"] = _credentials(given["auth"], document, (*trail, "auth"), files)
    return given


def fetch_options(settings: Mapping[str, Any]) -> FetchOptions:
    """Return the options that merged settings amount to."""
    limits = {
        field: value.total_seconds() if key.endswith("timeout") else value
        for key, field in _LIMITS.items()
        if (value := settings.get(key)) is not None
    }
    username, password, bearer = settings.get("auth", ("", "", ""))
    return FetchOptions(
        user_agent=settings.get("user_agent", ""),
        accept=settings.get("accept", ""),
        headers=tuple(settings.get("headers", {}).items()),
        username=username,
        password=password,
        bearer=bearer,
        cookies=tuple(settings.get("cookies", {}).items()),
        proxy=settings.get("proxy", ""),
        verify=settings.get("verify", True),
        ca_file=settings.get("ca_file", ""),
        client_cert=tuple(settings.get("client_cert", ())),
        allow_private=tuple(dict.fromkeys(settings.get("allow_private", ()))),
        limits=Limits(**limits),
    )


def has_credentials(options: FetchOptions) -> bool:
    """Say whether a request shows who asks: then its answer may be meant for one person only."""
    return bool(
        options.username
        or options.bearer
        or options.cookies
        or options.client_cert
        or any(is_secret_header(name) for name, _ in options.headers)
    )


def is_secret_header(name: str) -> bool:
    """Say whether a header of that name is likely to hold a credential."""
    return bool(_SECRET_HEADER.search(name))


def without_userinfo(url: str) -> tuple[str, tuple[str, str, str] | None]:
    """Take `user:password@` out of an address; return it and the credentials, None if there were none."""
    if "@" not in url:
        return url, None
    parts = urlsplit(url)
    userinfo, found, host = parts.netloc.rpartition("@")
    if not found:
        return url, None
    username, _, password = userinfo.partition(":")
    return urlunsplit(parts._replace(netloc=host)), (unquote(username), unquote(password), "")


def read_secret(name: str, document: Document, trail: Trail, files: list[Path]) -> str:
    """Return the text of a `*_file` without its last line break; a mistake is noted and gives nothing."""
    path = document.file.parent / Path(name)
    try:
        if path.stat().st_size > MAX_SECRET_BYTES:
            raise ValueError("too large for a secret")
        text = path.read_text("utf-8").rstrip("\r\n")
    except OSError as error:
        document.note(trail, f"{name} cannot be read: {error.strerror or error}")
        return ""
    except ValueError:
        document.note(trail, f"{name} is no text file of at most {MAX_SECRET_BYTES // 1024} KiB")
        return ""
    files.append(path.resolve())
    if not text:
        document.note(trail, f"{name} is empty")
    return text


def link_policy(settings: Mapping[str, Any]) -> LinkPolicy:
    """Return what merged settings say of links."""
    links = settings.get(_LINKS)
    if links is None:
        return LinkPolicy()
    strip, keep = (frozenset(name.lower() for name in names or ()) for names in (links.strip, links.keep))
    unwrap = tuple((place, tuple(names or ())) for place, names in (links.unwrap or {}).items())
    return LinkPolicy(links.enabled is not False, strip, keep, unwrap)


def _links_added(above: Links, own: Links) -> Links:
    """Return both together: the own switch, the lists of both."""
    return Links.model_construct(
        enabled=above.enabled if own.enabled is None else own.enabled,
        strip=[*(above.strip or ()), *(own.strip or ())],
        keep=[*(above.keep or ()), *(own.keep or ())],
        unwrap={**(above.unwrap or {}), **(own.unwrap or {})},
    )


def _added(above: Any, own: Any) -> Any:
    if isinstance(above, dict):
        names = {name.lower() for name in own}
        return {name: value for name, value in above.items() if name.lower() not in names} | own
    return [*above, *own]


def _existing(name: str, document: Document, trail: Trail) -> str:
    path = document.file.parent / Path(name)
    if not path.is_file():
        document.note(trail, f"{name}: no such file")
    return str(path.resolve())


def _credentials(auth: Auth, document: Document, trail: Trail, files: list[Path]) -> tuple[str, str, str]:
    password, bearer = auth.password or "", auth.bearer or ""
    if auth.password_file:
        password = read_secret(auth.password_file, document, (*trail, "password_file"), files)
    if auth.bearer_file:
        bearer = read_secret(auth.bearer_file, document, (*trail, "bearer_file"), files)
    try:
        check_header_value(bearer)
    except ValueError:
        document.note(
            (*trail, "bearer_file" if auth.bearer_file else "bearer"), "a token is one line of ASCII text"
        )
    return auth.username or "", password, bearer


def _read_cookies(given: dict[str, Any], document: Document, trail: Trail, files: list[Path]) -> None:
    cookies: dict[str, str] = dict(given.pop("cookies", {}))
    name = given.pop("cookies_file", None)
    if name is not None:
        here = (*trail, "cookies_file")
        for line in read_secret(name, document, here, files).splitlines():
            key, equals, value = line.partition("=")
            if equals:
                cookies[key.strip()] = value.strip()
            elif line.strip():
                document.note(here, f"{name}: a line is not name=value")
    if not cookies:
        return
    try:
        check_headers(cookies)  # a cookie's name is a token like a header's (RFC 6265 section 4.1.1)
        for value in cookies.values():
            check_header_value(value)
    except ValueError:
        document.note(
            (*trail, "cookies" if name is None else "cookies_file"), "a cookie has an illegal name or value"
        )
    given["cookies"] = cookies
