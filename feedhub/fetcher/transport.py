"""The seam to requests: an adapter whose every request brings its own pinned connection.

One connection a request, closed with it: feeds of one host are asked minutes apart, so a kept connection
would mostly be found dead, and no TLS setting, proxy or credential of one feed can be met by another's.
"""

from __future__ import annotations

import functools
import ssl
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import extract_cookies_to_jar
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import ProxyManager
from urllib3.util import Retry, parse_url

from feedhub.fetcher.connection import Dialer, PinnedPool, PinnedTLSPool, tls_context
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
    """A prepared GET that knows its route; `pool` is the one it was sent through."""

    def __init__(self, route: Route, headers: dict[str, bytes]) -> None:
        super().__init__()
        self.method = "GET"
        self.url = route.target.url
        self.headers = CaseInsensitiveDict(headers)  # type: ignore[arg-type]  # http.client sends bytes as they are
        self.body = None
        self.route = route
        self.pool: PinnedPool | PinnedTLSPool | None = None


class PinnedAdapter(HTTPAdapter):
    """requests' adapter without its pools, retries, environment and guesses; safe in threads."""

    def __init__(self) -> None:
        super().__init__(max_retries=Retry(total=False, redirect=False, respect_retry_after_header=False))

    def ask(self, request: RoutedRequest) -> requests.Response:
        """Send a request and read the answer's headers; the body is left on the wire, undecoded."""
        limits = request.route.options.limits
        return self.send(request, stream=True, timeout=(limits.connect_s, limits.read_s))

    def get_connection_with_tls_context(self, request: Any, *_: Any, **__: Any) -> Any:
        """Return the request's own pool."""
        request.pool = self._pool(request.route)
        return request.pool

    def cert_verify(self, *_: Any, **__: Any) -> None:
        """Leave the pool's TLS context alone: it holds all of it."""

    def request_url(self, request: Any, *_: Any, **__: Any) -> str:
        """Return the path, or the whole URL when a proxy forwards it."""
        route: Route = request.route
        if route.options.proxy and route.target.scheme == "http":
            return route.target.url
        return str(request.path_url)

    def build_response(self, request: Any, answer: Any) -> requests.Response:
        """Return the answer without a guess at its charset; cookies only if there are any."""
        response = requests.Response()
        response.status_code = answer.status
        response.raw = answer
        response.url = request.url
        response.request = request
        if "set-cookie" in answer.headers:
            jar = response.cookies
            extract_cookies_to_jar(jar, request, answer)  # type: ignore[no-untyped-call]
        return response

    def _pool(self, route: Route) -> PinnedPool | PinnedTLSPool:
        target, options = route.target, route.options
        if options.proxy:
            return _proxy_pool(route, self.proxy_headers(options.proxy))
        pool: PinnedPool | PinnedTLSPool
        if target.scheme == "https":
            pool = PinnedTLSPool(target.host, target.port, ssl_context=_context(options))
        else:
            pool = PinnedPool(target.host, target.port)
        pool.dialer = route.dialer
        return pool


def close(request: RoutedRequest, response: requests.Response | None) -> None:
    """Drop an answer's connection, whatever of the body is unread."""
    if response is not None:
        response.raw.close()
    if request.pool is not None:
        request.pool.close()


def _proxy_pool(route: Route, proxy_headers: dict[str, str]) -> PinnedPool | PinnedTLSPool:
    """Return the way through an HTTP proxy: forwarding for http, a CONNECT tunnel for https."""
    target, options, dialer = route.target, route.options, route.dialer
    parsed = parse_url(options.proxy)
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise FetchProblem("bad-url", "`fetch.proxy` is no http:// or https:// address")
    try:
        dialer.permitted(target.host, target.port)
    except FetchProblem as problem:
        if problem.reason != "dns":  # a name that only the proxy can resolve is the proxy's to judge
            raise
    context = _context(options)
    manager = ProxyManager(parsed._replace(auth=None).url, proxy_ssl_context=context)
    host, port = parsed.host, parsed.port or (443 if parsed.scheme == "https" else 80)
    shared: dict[str, Any] = {
        "_proxy": manager.proxy,
        "_proxy_headers": proxy_headers,
        "_proxy_config": manager.proxy_config,
    }
    pool: PinnedPool | PinnedTLSPool
    if target.scheme == "https":
        pool = PinnedTLSPool(target.host, target.port, ssl_context=context, **shared)
    elif parsed.scheme == "https":
        pool = PinnedTLSPool(host, port, ssl_context=context, **shared)
    else:
        pool = PinnedPool(host, port, **shared)
    pool.dialer = replace(dialer, allowances=None)
    return pool


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
