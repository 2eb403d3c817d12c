"""Connections that go to the very address that was checked.

A name is resolved once for each connection, every address of the answer is judged, and the socket is
connected to one of those addresses: a second answer (DNS rebinding) is never asked for. TLS still names and
verifies the URL's host.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import queue
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection

from feedhub.fetcher.addresses import Allowance, is_allowed, parse_address, refusal
from feedhub.fetcher.answer import Answer
from feedhub.fetcher.lookup import Lookups
from feedhub.fetcher.problem import FetchProblem, out_of_time
from feedhub.fetcher.watchdog import Deadline
from feedhub.model import Limits

_MAX_TRIED = 4
"""Addresses of one name that are tried in turn, sharing the time to connect."""


@dataclass(frozen=True, slots=True)
class Dialer:
    """Makes the connections of one fetch. `allowances` None: every address will do, as for a proxy, which
    the owner chose."""

    lookups: Lookups
    allowances: tuple[Allowance, ...] | None
    limits: Limits
    deadline: Deadline

    def connect(self, host: str, port: int) -> socket.socket:
        """Resolve, check and connect within the time to connect; the deadline guards what is returned.

        Raises: FetchProblem `dns`, `address`, `connect` or `timeout`.
        """
        addresses = self.permitted(host, port)[:_MAX_TRIED]
        until = time.monotonic() + min(self.limits.connect_s, self.deadline.remaining())
        failure: OSError | None = None
        for tried, (family, address) in enumerate(addresses):
            share_s = (until - time.monotonic()) / (len(addresses) - tried)
            if share_s <= 0:
                break
            try:
                return self._open(family, address, share_s)
            except OSError as error:
                failure = error
        if self.deadline.remaining() <= 0:
            raise out_of_time(self.limits)
        if failure is None or isinstance(failure, TimeoutError):
            raise FetchProblem(
                "timeout",
                f"{host} port {port} took no connection within {self.limits.connect_s:g} s; "
                "`fetch.connect_timeout` raises the limit",
            ) from failure
        raise FetchProblem("connect", f"{host} port {port}: {failure.strerror or failure}") from failure

    def permitted(self, host: str, port: int) -> list[tuple[int, tuple[Any, ...]]]:
        """Return the addresses of a host that may be connected to, as (family, socket address).

        One refused address refuses the name, unless `allow_private` names others of it: then only those
        are used.
        """
        found = self._addresses(host, port)
        if self.allowances is None:
            return found
        named = [pair for pair in found if is_allowed(pair[1][0], port, self.allowances)]
        if named:
            found = named
        for _, address in found:
            why = refusal(address[0], port, self.allowances)
            if why:
                shown = address[0] if address[0] == host else f"{address[0]} of {host}"
                raise FetchProblem(
                    "address",
                    f"{shown} is {why} and not asked; if it is yours, name it in `fetch.allow_private`",
                )
        return found

    def _addresses(self, host: str, port: int) -> list[tuple[int, tuple[Any, ...]]]:
        literal = parse_address(host)
        if literal is not None:
            return [(socket.AF_INET if literal.version == 4 else socket.AF_INET6, (str(literal), port))]
        try:
            answer = self.lookups.find(host, port, self.deadline.remaining())
        except queue.Empty:
            raise out_of_time(self.limits) from None
        if isinstance(answer, OSError):
            raise FetchProblem("dns", f"the name {host} cannot be resolved: {answer.strerror}") from answer
        if isinstance(answer, Exception):  # the idna codec's, for labels that cannot exist
            raise FetchProblem("dns", f"the name {host[:80]} cannot exist") from answer
        found = [(entry[0], entry[4]) for entry in answer]
        if not found:
            raise FetchProblem("dns", f"the name {host} has no address")
        return found

    def _open(self, family: int, address: tuple[Any, ...], timeout_s: float) -> socket.socket:
        opened = socket.socket(family, socket.SOCK_STREAM)
        try:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            opened.settimeout(timeout_s)
            opened.connect(address)
            opened.settimeout(self.limits.connect_s)
            self.deadline.watch(opened)
        except BaseException:
            opened.close()
            raise
        return opened


class PinnedConnection(HTTPConnection):
    """A connection that a Dialer makes, for one GET."""

    def __init__(self, dialer: Dialer, host: str, port: int, **tls_and_proxy: Any) -> None:
        super().__init__(host, port, **tls_and_proxy)
        self.dialer = dialer
        self.response_class = functools.partial(Answer, limits=dialer.limits)  # type: ignore[assignment]  # called

    def _new_conn(self) -> socket.socket:
        return self.dialer.connect(self._dns_host, self.port)

    def ask(self, path: str, headers: Mapping[str, bytes | str]) -> Answer:
        """Send the request and read the answer's head. Then the connection is the answer's.

        Not by urllib3's `request` and `getresponse`, which make the headers into dictionaries of their own.
        """
        self.putrequest("GET", path, skip_accept_encoding=True)
        for name, value in headers.items():
            http.client.HTTPConnection.putheader(self, name, value)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
            self.endheaders()  # a server may answer and be gone before it has heard all
        self.sock.settimeout(self.dialer.limits.read_s)
        answer = http.client.HTTPConnection.getresponse(self)
        assert isinstance(answer, Answer)
        return answer


class PinnedTLSConnection(PinnedConnection, HTTPSConnection):
    """The same over TLS; SNI and certificate are the host's of the URL."""

    def connect(self) -> None:
        try:
            super().connect()
        except TimeoutError as error:
            limit_s = self.dialer.limits.connect_s
            raise FetchProblem(
                "timeout",
                f"the TLS handshake with {self.host} stood still for {limit_s:g} s; "
                "`fetch.connect_timeout` raises the limit",
            ) from error


def tls_context(verify: bool, ca_file: str, client_cert: tuple[str, ...], default_ca: str) -> ssl.SSLContext:
    """Return a TLS context, TLS 1.2 at least.

    Raises: OSError (ssl.SSLError is one) when a file cannot be read or is none.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if verify:
        context.load_verify_locations(cafile=ca_file or default_ca)
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if client_cert:
        context.load_cert_chain(*client_cert[:2])
    return context
