"""The seam to requests: an adapter whose every request has a pinned connection of its own.

One connection a request, closed with it: feeds of one host are asked minutes apart, so a kept connection
would mostly be found dead, and no TLS setting, proxy or credential of one feed can be met by another's.

requests' own adapter makes a urllib3 pool for that, with its queue, retries and copies of the headers, which
costs more than the request. This one speaks through the same connections without the pool.
"""

from __future__ import annotations

import contextlib
import functools
import ssl
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.cookies import MockRequest
from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_auth_from_url
from urllib3.connection import ProxyConfig
from urllib3.exceptions import ProxyError
from urllib3.util import parse_url

from feedhub.fetcher.connection import Dialer, PinnedConnection, PinnedTLSConnection, tls_context
from feedhub.fetcher.headers import basic
from feedhub.fetcher.problem import FetchProblem
from feedhub.fetcher.target import Target
from feedhub.model import FetchOptions


@dataclass(frozen=True, slots=True)
class Route:
    """How one request travels. `proxy` is a URL or empty; a proxy's own address is the owner's choice and
    is not checked, the target's is checked as far as its name resolves here: the proxy resolves it again."""

    target: Target
    dialer: Dialer
    options: FetchOptions


class RoutedRequest(requests.PreparedRequest):
    """A prepared GET that knows its route."""

    def __init__(self, route: Route, headers: dict[str, bytes]) -> None:
        super().__init__()
        self.method = "GET"
        self.url = route.target.url
        self.headers = headers  # type: ignore[assignment]  # http.client sends bytes as they are
        self.route = route


class PinnedAdapter(BaseAdapter):
    """Sends requests without retries, environment and guesses; safe in threads."""

    def send(self, request: Any, *_: Any, **__: Any) -> requests.Response:
        """Send a RoutedRequest and read the head of the answer.

        Its body is left on the wire, undecoded. Closing the response closes the connection.
        """
        route: Route = request.route
        path, headers = route.target.path, request.headers
        if route.options.proxy and route.target.scheme == "http":
            path, headers = route.target.url, headers | _proxy_headers(route.options)
        with contextlib.closing(_connection(route)) as connection:
            try:
                connection.connect()
            except OSError as error:
                if connection.proxy and not connection.has_connected_to_proxy:
                    raise ProxyError("no connection", error) from error
                raise
            answer = connection.ask(path, headers)
        response = requests.Response()
        response.status_code = answer.status
        response.raw = answer
        response.url = route.target.url
        response.request = request
        if "set-cookie" in answer.headers:
            response.cookies.extract_cookies(answer, MockRequest(request))  # type: ignore[arg-type]  # read alone
        return response

    def close(self) -> None:
        """Nothing is kept open between requests."""


def _connection(route: Route) -> PinnedConnection:
    target, options, dialer = route.target, route.options, route.dialer
    if options.proxy:
        return _proxied(route)
    if target.scheme == "https":
        return PinnedTLSConnection(dialer, target.host, target.port, ssl_context=_context(options))
    return PinnedConnection(dialer, target.host, target.port)


def _proxied(route: Route) -> PinnedConnection:
    """Return the way through an HTTP proxy: forwarding for http, a CONNECT tunnel for https."""
    target, options = route.target, route.options
    proxy = parse_url(options.proxy)
    if proxy.scheme not in ("http", "https") or not proxy.host:
        raise FetchProblem("bad-url", "`fetch.proxy` is no http:// or https:// address")
    try:
        route.dialer.permitted(target.host, target.port)
    except FetchProblem as problem:
        if problem.reason != "dns":  # a name that only the proxy can resolve is the proxy's to judge
            raise
    dialer = replace(route.dialer, allowances=None)
    host, port = proxy.host.strip("[]"), proxy.port or (443 if proxy.scheme == "https" else 80)
    context = _context(options)
    config = ProxyConfig(
        context, use_forwarding_for_https=False, assert_hostname=None, assert_fingerprint=None
    )
    known = {"proxy": proxy, "proxy_config": config}
    if target.scheme == "http" and proxy.scheme == "http":
        return PinnedConnection(dialer, host, port, **known)
    connection = PinnedTLSConnection(dialer, host, port, ssl_context=context, **known)
    if target.scheme == "https":
        connection.set_tunnel(target.host, target.port, _proxy_headers(options), proxy.scheme)
    return connection


def _proxy_headers(options: FetchOptions) -> dict[str, str]:
    username, password = get_auth_from_url(options.proxy)
    return {"Proxy-Authorization": basic(username, password)} if username else {}


def _context(options: FetchOptions) -> ssl.SSLContext:
    """Return the TLS context of these options; a certificate file that changed is read again."""
    files = (options.ca_file, *options.client_cert)
    try:
        ages = tuple(Path(name).stat().st_mtime_ns for name in files if name)
        return _cached_context(options.verify, options.ca_file, options.client_cert, ages)
    except OSError as error:
        named = ", ".join(repr(name) for name in files if name) or "the system's certificates"
        raise FetchProblem("tls", f"{named} cannot be used for TLS: {error.strerror or error}") from error


@functools.lru_cache(maxsize=64)
def _cached_context(
    verify: bool, ca_file: str, client_cert: tuple[str, ...], ages: tuple[int, ...]
) -> ssl.SSLContext:
    del ages  # a part of the key alone
    return tls_context(verify, ca_file, client_cert, DEFAULT_CA_BUNDLE_PATH)
