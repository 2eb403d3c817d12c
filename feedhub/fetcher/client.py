"""The fetcher itself: one URL asked for, its redirects followed by hand, one outcome."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import requests
from requests.cookies import RequestsCookieJar, get_cookie_header
from requests.structures import CaseInsensitiveDict

from feedhub.fetcher import headers as http_headers
from feedhub.fetcher.addresses import Allowance, parse_allowances
from feedhub.fetcher.answer import Answer
from feedhub.fetcher.connection import Dialer
from feedhub.fetcher.decoding import single_coding, whole_body
from feedhub.fetcher.lookup import Lookups, Resolve
from feedhub.fetcher.problem import CAUSES, FetchProblem, diagnose, out_of_time, too_large
from feedhub.fetcher.target import Target, parse_target, redirect_target, without_userinfo
from feedhub.fetcher.transport import PinnedAdapter, Route, RoutedRequest
from feedhub.fetcher.watchdog import Deadline, Watchdog
from feedhub.model import (
    Fetched,
    FetchFailure,
    FetchOptions,
    FetchOutcome,
    FetchRequest,
    Hop,
    Limits,
    NotModified,
)

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def default_user_agent(version: str, hub_url: str) -> str:
    """Return who we are: `FeedHub/VERSION (+URL)` (RFC 9110 section 10.1.5)."""
    return f"FeedHub/{version} (+{hub_url})" if hub_url else f"FeedHub/{version}"


class Fetcher:
    """Implements `ports.Fetcher`; one for a process, used by all its threads.

    Args:
        user_agent: for feeds that have none of their own.
        resolve: how names become addresses.
    """

    def __init__(self, user_agent: str, resolve: Resolve = socket.getaddrinfo) -> None:
        self._user_agent = user_agent
        self._lookups = Lookups(resolve)
        self._adapter = PinnedAdapter()
        self._watchdog = Watchdog()

    def fetch(self, request: FetchRequest, now: datetime) -> FetchOutcome:
        """Ask for one URL; every failure is a `FetchFailure`.

        Validators are sent at every hop of the chain they were received through: what answers 304 in the end
        is what gave them, unless a redirect leads elsewhere than before. `FetchRequest.validated_url`, where
        it is known, rules that out: then they go to that URL alone (RFC 9110 section 13.1).
        """
        started = time.monotonic()
        with self._watchdog.start(request.options.limits.total_s) as deadline:
            outcome = self._follow(request, deadline, now)
        return replace(outcome, elapsed_s=time.monotonic() - started)

    def close(self) -> None:
        """End requests in flight as timed out, and the watchdog."""
        self._watchdog.close()
        self._lookups.close()

    def _follow(self, request: FetchRequest, deadline: Deadline, now: datetime) -> FetchOutcome:
        url = without_userinfo(request.url)
        hops: tuple[Hop, ...] = ()
        try:
            target = parse_target(request.url)
            request = _with_userinfo(request, target)
            dialer = Dialer(self._lookups, _allowances(request), request.options.limits, deadline)
            home = parse_target(request.home_url) if request.home_url else target
            visit = _Visit(target, trusted=target.origin == home.origin)
            seen = {visit.identity}
            while True:
                url = visit.target.url
                outcome = self._ask(request, visit, dialer, now)
                if not isinstance(outcome, _Redirect):
                    return replace(outcome, hops=hops) if hops else outcome
                deadline.let_go()  # or two connections would be open to a host at once
                if len(hops) >= request.options.limits.max_redirects:
                    raise FetchProblem(
                        "redirects",
                        f"more than {request.options.limits.max_redirects} redirects; "
                        "`fetch.max_redirects` raises the limit",
                    )
                visit = outcome.visit
                hops += (Hop(url, outcome.status, visit.target.url),)
                if visit.identity in seen:
                    raise FetchProblem(
                        "redirects", f"the redirects go round in a circle at {visit.target.host}"
                    )
                seen.add(visit.identity)
        except FetchProblem as problem:
            return FetchFailure(
                url, problem.reason, problem.message, problem.status, problem.retry_at, hops=hops
            )

    def _ask(
        self, request: FetchRequest, visit: _Visit, dialer: Dialer, now: datetime
    ) -> Fetched | NotModified | FetchFailure | _Redirect:
        """Ask for one URL, no redirects followed."""
        limits, target = request.options.limits, visit.target
        sent = request.validated_url in ("", target.url)
        validators = http_headers.validator_headers(request) if sent else {}
        lines = http_headers.request_headers(
            request, self._user_agent, trusted=visit.trusted, validators=validators, jar=visit.cookie_header
        )
        options = request.options if visit.trusted else replace(request.options, client_cert=())
        try:
            if dialer.deadline.remaining() <= 0:
                raise out_of_time(limits)
            with self._adapter.send(RoutedRequest(Route(target, dialer, options), lines)) as response:
                if dialer.deadline.remaining() <= 0:
                    raise out_of_time(limits)  # the watchdog's shutdown looks like the end of the head
                raw: Answer = response.raw  # type: ignore[assignment]  # typed as what requests' own adapter gives
                answer = _Answer(raw.status, http_headers.response_headers(raw.headers.raw_items()))
                if answer.status in _REDIRECTS:
                    return _redirect(visit, answer, response)
                if answer.status == 304 and validators:
                    return NotModified(target.url, answer.headers)
                if answer.status not in (200, 203):
                    # A Retry-After in seconds counts from here, not from when we asked.
                    spent_s = limits.total_s - dialer.deadline.remaining()
                    return _refused(request, visit, answer, now + timedelta(seconds=spent_s))
                body = _body(raw, answer.headers, limits)
            if dialer.deadline.remaining() <= 0:
                raise out_of_time(limits)  # and like the end of the body
            return Fetched(target.url, answer.status, answer.headers, body)
        except CAUSES as error:
            if dialer.deadline.remaining() <= 0:
                raise out_of_time(limits) from error
            raise diagnose(error, target.host, limits) from error


@dataclass(frozen=True, slots=True)
class _Visit:
    """One step of a chain of redirects. `trusted` until the chain leaves the origin it began at, and never
    again after that: a stranger must not send us back with our credentials. `cookies` are those that the
    chain itself was given; they end with it."""

    target: Target
    trusted: bool
    cookies: RequestsCookieJar | None = None

    @property
    def cookie_header(self) -> str:
        if self.cookies is None:
            return ""
        asked = requests.PreparedRequest()
        asked.url, asked.headers = self.target.url, CaseInsensitiveDict()
        return get_cookie_header(self.cookies, asked) or ""  # type: ignore[no-untyped-call]

    @property
    def identity(self) -> tuple[str, str]:
        """What makes two visits the same: a page may redirect to itself until its cookie comes back."""
        return self.target.url, self.cookie_header


@dataclass(frozen=True, slots=True)
class _Answer:
    """A status with its headers."""

    status: int
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Redirect:
    """Where to go next, and the status that said so."""

    status: int
    visit: _Visit


def _with_userinfo(request: FetchRequest, target: Target) -> FetchRequest:
    """Take the user name and password out of the URL, unless the options have their own."""
    options = request.options
    if not target.username or options.username or options.bearer:
        return request
    return replace(request, options=replace(options, username=target.username, password=target.password))


def _allowances(request: FetchRequest) -> tuple[Allowance, ...]:
    try:
        return parse_allowances(request.options.allow_private)
    except ValueError as error:
        raise FetchProblem("address", str(error)) from error


def _redirect(visit: _Visit, answer: _Answer, response: requests.Response) -> _Redirect:
    if "location" not in answer.headers:
        raise FetchProblem(
            "redirects",
            f"{visit.target.host} answers {answer.status} without saying where to",
            status=answer.status,
        )
    target = redirect_target(visit.target, answer.headers["location"])
    cookies = visit.cookies
    if len(response.cookies):
        cookies = cookies.copy() if cookies is not None else RequestsCookieJar()
        cookies.update(response.cookies)
    trusted = visit.trusted and target.origin == visit.target.origin
    return _Redirect(answer.status, _Visit(target, trusted, cookies))


def _refused(request: FetchRequest, visit: _Visit, answer: _Answer, now: datetime) -> FetchFailure:
    """Say what an answer without a feed means for the next poll."""
    host, status, retry_at = visit.target.host, answer.status, http_headers.retry_at(answer.headers, now)
    limited = "retry-after" in answer.headers or http_headers.is_rate_limited(answer.headers)
    match status:
        case 429 | 503:
            reason, text = "throttled", "asks for fewer requests" if status == 429 else "is not available now"
        case 403 if limited:
            reason, text = "throttled", "asks for fewer requests"
        case 401 | 403:
            reason, text = "denied", "does not let us in"
            if not visit.trusted and _has_credentials(request.options):
                text += ": it is another origin than the feed's address, and credentials are not sent on; "
                text += "if they are for it, use its address for the feed"
        case 404:
            reason, text = "not-found", "has no such page"
        case 410:
            reason, text = "gone", "says that the feed has ended"
        case 304:
            reason, text = "http", "says that nothing has changed, though we had not asked for that"
        case _:
            reason, text = "http", "has a fault of its own" if status >= 500 else "gives no feed"
    when = f"; not before {retry_at:%Y-%m-%d %H:%M} UTC" if retry_at else ""
    return FetchFailure(
        visit.target.url, reason, f"{host} {text} (HTTP {status}){when}", status, retry_at, answer.headers
    )


def _has_credentials(options: FetchOptions) -> bool:
    return bool(options.username or options.password or options.bearer or options.cookies or options.headers)


def _body(answer: Answer, headers: Mapping[str, str], limits: Limits) -> bytes:
    framing = headers.get("transfer-encoding", "").lower()
    if framing not in ("", "chunked", "identity"):
        raise FetchProblem("encoding", "the body has a transfer coding, which nobody asked for")
    coding = single_coding(headers.get("content-encoding", ""))
    if (answer.length or 0) > limits.max_bytes:
        raise too_large(limits.max_bytes)
    return whole_body(answer.pieces(), coding, limits.max_bytes)
