"""Connections that go to the very address that was checked, and read no more headers than is allowed.

A name is resolved once for each connection, every address of the answer is judged, and the socket is
connected to one of those addresses: a second answer (DNS rebinding) is never asked for. TLS still names and
verifies the URL's host.
"""

from __future__ import annotations

import functools
import http.client
import io
import ipaddress
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from feedhub.fetcher.addresses import Allowance, is_allowed, refusal
from feedhub.fetcher.problem import FetchProblem, out_of_time, too_large
from feedhub.fetcher.watchdog import Deadline
from feedhub.model import Limits

Resolve = Callable[..., list[tuple[Any, ...]]]
"""The signature of `socket.getaddrinfo`."""

_MAX_TRIED = 4
"""Addresses of one name that are tried in turn, sharing the time to connect."""
_MAX_FIELDS = 99
"""Header lines; http.client itself gives up at the next."""
_FIELD_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:")


@dataclass(frozen=True, slots=True)
class Dialer:
    """Makes the connections of one fetch. `allowances` None: every address will do, as for a proxy, which
    the owner chose."""

    resolve: Resolve
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
        try:
            literal = ipaddress.ip_address(host)
        except ValueError:
            return self._lookup(host, port)
        return [(socket.AF_INET if literal.version == 4 else socket.AF_INET6, (str(literal), port))]

    def _lookup(self, host: str, port: int) -> list[tuple[int, tuple[Any, ...]]]:
        """Resolve in a thread of its own: getaddrinfo knows no time limit and cannot be interrupted."""
        box: queue.SimpleQueue[list[tuple[Any, ...]] | Exception] = queue.SimpleQueue()

        def look_up() -> None:
            try:
                box.put(self.resolve(host, port, socket.AF_UNSPEC, socket.SOCK_STREAM))
            except (OSError, ValueError) as error:
                box.put(error)

        threading.Thread(target=look_up, name="fetch-lookup", daemon=True).start()
        try:
            answer = box.get(timeout=self.deadline.remaining())
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


class HeaderBoundedResponse(http.client.HTTPResponse):
    """An answer whose status line and headers, interim answers included, have a bound in bytes.

    Lines that are no header field are left out: email.parser would take the first of them for the end.
    """

    def __init__(self, *args: Any, limits: Limits, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limits = limits

    def begin(self) -> None:
        whole: Any = self.fp
        self.fp = _HeaderLines(whole, self._limits.max_header_bytes)  # type: ignore[assignment]  # reads like a file
        try:
            super().begin()
        finally:
            if self.fp is not None:  # None once http.client closed it
                self.fp = _ChunkLines(whole, self._limits.max_bytes) if self.chunked else whole  # type: ignore[assignment]

    def _read_status(self) -> tuple[str, int, str]:
        version, status, reason = super()._read_status()  # type: ignore[misc]  # not in typeshed
        # 102 and 103 are interim answers too (RFC 9110 section 15.2); http.client knows 100 alone.
        return version, 100 if 101 < status < 200 else status, reason


class PinnedConnection(HTTPConnection):
    """An HTTP connection made by a Dialer."""

    dialer: Dialer

    def _new_conn(self) -> socket.socket:
        return _dial(self)


class PinnedTLSConnection(HTTPSConnection):
    """An HTTPS connection made by a Dialer; SNI and certificate are the host's of the URL."""

    dialer: Dialer

    def _new_conn(self) -> socket.socket:
        return _dial(self)

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


class PinnedPool(HTTPConnectionPool):
    """One HTTP connection of a Dialer, in the form that requests asks for."""

    ConnectionCls = PinnedConnection
    dialer: Dialer

    def _new_conn(self) -> Any:
        return _with_dialer(super()._new_conn(), self.dialer)


class PinnedTLSPool(HTTPSConnectionPool):
    """The same over TLS."""

    ConnectionCls = PinnedTLSConnection
    dialer: Dialer

    def _new_conn(self) -> Any:
        return _with_dialer(super()._new_conn(), self.dialer)

    def _validate_conn(self, conn: Any) -> None:
        # Without urllib3's warning about `verify: false`: the configuration warns once, not each poll.
        if conn.is_closed:
            conn.connect()


class _HeaderLines:
    """What http.client reads an answer's head from: the connection's lines, counted."""

    def __init__(self, whole: io.BufferedReader, max_bytes: int) -> None:
        self._whole = whole
        self._max_bytes = max_bytes
        self._left = max_bytes
        self._seen = 0

    def readline(self, limit: int) -> bytes:
        while True:
            line = self._whole.readline(min(limit, self._left + 1))
            self._left -= len(line)
            if self._left < 0:
                raise FetchProblem(
                    "headers",
                    f"the headers are larger than {self._max_bytes:,} bytes; "
                    "`fetch.max_header_bytes` raises the limit",
                )
            self._seen += 1
            if self._seen > _MAX_FIELDS + 2:
                raise FetchProblem("headers", f"the answer has more than {_MAX_FIELDS} header lines")
            if self._seen == 1:
                return line
            if line in (b"\r\n", b"\n", b""):
                self._seen = 0  # what follows an interim answer is a status line again
                return line
            if _FIELD_LINE.match(line) or (self._seen > 2 and line[:1] in (b" ", b"\t")):
                return line.rstrip(b"\r\n").replace(b"\r", b" ") + b"\r\n"
            self._seen -= 1

    def flush(self) -> None:
        self._whole.flush()

    def close(self) -> None:
        self._whole.close()


class _ChunkLines:
    """What a chunked body is read from: its chunk sizes and trailers, which nobody keeps, counted too."""

    def __init__(self, whole: io.BufferedReader, max_bytes: int) -> None:
        self._whole = whole
        self._max_bytes = max_bytes
        self._left = max_bytes

    def readline(self, limit: int = -1) -> bytes:
        line = self._whole.readline(limit)
        self._left -= len(line)
        if self._left < 0:
            raise too_large(self._max_bytes)
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)


def _dial(connection: PinnedConnection | PinnedTLSConnection) -> socket.socket:
    opened = connection.dialer.connect(connection._dns_host, connection.port)
    # Set here, not in the class: the limit is the fetch's.
    connection.response_class = functools.partial(  # type: ignore[assignment]  # http.client calls it
        HeaderBoundedResponse, limits=connection.dialer.limits
    )
    return opened


def _with_dialer(connection: Any, dialer: Dialer) -> Any:
    connection.dialer = dialer
    return connection


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
