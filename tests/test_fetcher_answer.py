"""An answer's head and body as they are read from the connection's bytes; no socket."""

from __future__ import annotations

import contextlib
import http.client
import io
import ssl
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub.fetcher.answer import Answer
from feedhub.fetcher.connection import Dialer, PinnedConnection
from feedhub.fetcher.lookup import Lookups
from feedhub.fetcher.problem import CAUSES, FetchProblem
from feedhub.fetcher.watchdog import Watchdog
from feedhub.model import Limits

OK = b"HTTP/1.1 200 OK\r\n"
BODY = b"<rss/>"


class Wire:
    """What http.client asks of a socket: it gives some bytes, and fails to send if it is told to."""

    def __init__(self, answer: bytes, failure: Exception | None = None) -> None:
        self.answer = answer
        self.failure = failure
        self.sent = b""

    def makefile(self, mode: str) -> io.BufferedReader:
        assert mode == "rb"
        return io.BufferedReader(io.BytesIO(self.answer))  # type: ignore[arg-type]  # raw enough

    def sendall(self, data: bytes) -> None:
        if self.failure is not None:
            raise self.failure
        self.sent += data

    def settimeout(self, seconds: float) -> None:
        assert seconds > 0

    def close(self) -> None:
        pass


def begun(data: bytes, **limits: Any) -> Answer:
    answer = Answer(Wire(data), method="GET", limits=Limits(**limits))
    answer.begin()
    return answer


@pytest.mark.parametrize(
    ("lines", "fields"),
    [
        (b"", []),
        (b"A: b\r\nC: d\r\nA: e\r\n", [("A", "b"), ("C", "d"), ("A", "e")]),
        (b"A:b\r\nC: \t d \t\r\nE:\r\n", [("A", "b"), ("C", "d"), ("E", "")]),
        (b"A: b\nC: d\n", [("A", "b"), ("C", "d")]),
        (b"A: b: c\r\n", [("A", "b: c")]),
        # Obsolete folding
        (b"A: b\r\n c\r\n\t d \r\n", [("A", "b c d")]),
        (b"A:\r\n b\r\n", [("A", "b")]),
        (b"A: b\r\n \r\nC: d\r\n", [("A", "b"), ("C", "d")]),
        (b" continued from nowhere\r\nA: b\r\n", [("A", "b")]),
        (b"A: b\r\nno field\r\n of it\r\nC: d\r\n", [("A", "b"), ("C", "d")]),
        # Lines that are no fields
        (b"no field\r\nA: b\r\n", [("A", "b")]),
        (b": b\r\nA : b\r\nFrom me: b\r\nA(b): c\r\nC: d\r\n", [("C", "d")]),
        (b"A\x00B: c\r\n\xc3\xa4: d\r\nE: f\r\n", [("E", "f")]),
        # Bytes
        (b"A: \xff\xe4 \xc3\xa4\r\n", [("A", "\xff\xe4 \xc3\xa4")]),
        (b"A: \xa0\x85b\x1c\r\n", [("A", "\xa0\x85b\x1c")]),
        (b"A: b\rC: d\r\n", [("A", "b C: d")]),
        (b"A: b\r\r\nC: d\r\n", [("A", "b"), ("C", "d")]),
        (b"A: b\x00c\x0b\x0cd\r\n", [("A", "b\x00c\x0b\x0cd")]),
    ],
)
def test_fields_are_read_line_by_line(lines: bytes, fields: list[tuple[str, str]]) -> None:
    """A field is a name, a colon and a value with what continues it; any other line hides none after it."""
    answer = begun(OK + lines + b"\r\n" + BODY)
    assert list(answer.headers.raw_items()) == fields
    assert b"".join(answer.pieces()) == BODY


@pytest.mark.parametrize(
    ("lines", "accepted"),
    [
        (b"A: b\r\n" * 99, True),
        (b"A: b\r\n" * 100, False),
        (b"A: b\r\n" + b" c\r\n" * 98, True),
        (b"A: b\r\n" + b" c\r\n" * 99, False),
        (b"no field\r\n of it\r\n" * 500 + b"A: b\r\n" * 99, True),
    ],
)
def test_fields_are_counted(lines: bytes, accepted: bool) -> None:
    """99 header lines are read, those that continue others included; one more is refused."""
    with contextlib.nullcontext() if accepted else pytest.raises(FetchProblem, match="99 header lines"):
        begun(OK + lines + b"\r\n")


@pytest.mark.parametrize("size", [0, 1])
@pytest.mark.parametrize("start", [b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + OK, OK])
def test_head_is_counted(start: bytes, size: int) -> None:
    """A head of exactly the limit is read, interim answers included; one byte more is refused."""
    head = start + b"A: b\r\n\r\n"
    with pytest.raises(FetchProblem, match="max_header_bytes") if size else contextlib.nullcontext():
        begun(head + BODY, max_header_bytes=len(head) - size)


@pytest.mark.parametrize("status", [100, 102, 103, 199])
def test_interim_answers_are_passed_over(status: int) -> None:
    """What comes before the answer is not the answer, and its fields are not the answer's."""
    answer = begun(b"HTTP/1.1 %d X\r\nLink: </a>\r\n\r\n" % status * 3 + OK + b"A: b\r\n\r\n")
    assert answer.status == 200
    assert list(answer.headers.raw_items()) == [("A", "b")]


def test_switch_of_protocols_is_final() -> None:
    """101 answers what nobody asked, and is not waited past."""
    assert begun(b"HTTP/1.1 101 Switching Protocols\r\n\r\n").status == 101


@pytest.mark.parametrize(
    ("fields", "length"),
    [
        (b"", None),
        (b"Content-Length: 6\r\n", 6),
        (b"Content-Length: 6, 6\r\n", 6),
        (b"Content-Length: 6\r\nContent-Length: 6\r\n", 6),
        (b"Content-Length: -6\r\n", None),
        (b"Content-Length: six\r\n", None),
        (b"Content-Length: " + b"9" * 5000 + b"\r\n", None),
        (b"Content-Length: 7\r\nTransfer-Encoding: chunked\r\n", None),
    ],
)
def test_length_is_what_is_said(fields: bytes, length: int | None) -> None:
    """A body ends where Content-Length says; nonsense, or one beside chunks, is as good as none."""
    assert begun(OK + fields + b"\r\n").length == length


@pytest.mark.parametrize(
    "fields", [b"Content-Length: 1, 2\r\n", b"Content-Length: 1\r\nContent-Length: 2\r\n"]
)
def test_two_lengths_are_no_answer(fields: bytes) -> None:
    """Whoever stands between us and the server may have read the other one."""
    with pytest.raises(http.client.HTTPException, match="1 and 2"):
        begun(OK + fields + b"\r\n")


@pytest.mark.parametrize("missing", [1, 5])
def test_body_that_ends_early_is_told(missing: int) -> None:
    """A connection that ends before the length that was promised is no end of the body."""
    answer = begun(OK + b"Content-Length: %d\r\n\r\n" % (len(BODY) + missing) + BODY)
    with pytest.raises(http.client.IncompleteRead):
        list(answer.pieces())


@pytest.mark.parametrize("size", [b"-1", b"-6", b" -1 ", b"-1;a=b"])
def test_chunk_of_less_than_nothing_is_no_chunk(size: bytes) -> None:
    """A size with a minus is no leave to read on without a bound."""
    wire = OK + b"Transfer-Encoding: chunked\r\n\r\n6\r\n" + BODY + b"\r\n" + size + b"\r\n" + BODY * 99
    answer = begun(wire)
    with pytest.raises(http.client.HTTPException, match="a chunk of -"):
        list(answer.pieces())


@pytest.mark.parametrize("cut", [b"Location: https://a.exam", b"Location: /a\r\nServ", b"A: b\r\n c"])
def test_line_that_was_cut_is_no_field(cut: bytes) -> None:
    """A connection that ends within a line of the head has brought no answer: the address may go on."""
    with pytest.raises(http.client.IncompleteRead):
        begun(b"HTTP/1.1 301 Moved\r\n" + cut)


@pytest.mark.parametrize("status", [200, 203, 204, 304, 404, 999])
@pytest.mark.parametrize("version", ["HTTP/0.9", "HTTP/1.0", "HTTP/1.1", "HTTP/1.2"])
@pytest.mark.parametrize(
    "fields",
    [
        "",
        "Content-Length: 6\r\nContent-Type: text/xml\r\n",
        "Content-Length: 6\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n",
        "Transfer-Encoding: Chunked\r\n",
        "Connection: keep-alive\r\nKeep-Alive: 5\r\n",
    ],
)
def test_ordinary_head_is_what_http_client_reads(status: int, version: str, fields: str) -> None:
    """Of a head without oddities http.client's own reader makes the same, but that no connection is kept."""
    data = f"{version} {status} Some reason \r\n{fields}\r\n".encode()
    theirs = http.client.HTTPResponse(Wire(data), method="GET")  # type: ignore[arg-type]  # enough of a socket
    theirs.begin()
    ours = begun(data)
    for name in ("status", "code", "reason", "version", "chunked", "length"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert ours.headers.items() == theirs.headers.items()
    assert ours.msg is ours.headers
    assert ours.will_close


@given(st.binary(max_size=300), st.integers(1, 400))
def test_no_head_raises_anything_else(head: bytes, limit: int) -> None:
    """Any bytes are an answer or one of the known causes, and no field holds a line break."""
    try:
        answer = begun(b"HTTP/1.1 " + head, max_header_bytes=limit)
    except (FetchProblem, *CAUSES):
        return
    assert not any(set("\r\n") & set(name + value) for name, value in answer.headers.raw_items())


@pytest.mark.parametrize("failure", [BrokenPipeError(), ConnectionResetError(), ssl.SSLEOFError()])
def test_answer_of_a_server_that_did_not_listen_is_read(failure: OSError) -> None:
    """A server that answers and is gone before it has heard all has answered; over TLS it may say why."""
    watchdog = Watchdog()
    with watchdog.start(5) as deadline:
        dialer = Dialer(Lookups(lambda *_: []), (), Limits(), deadline)
        connection = PinnedConnection(dialer, "h.example", 80)
        connection.sock = Wire(b"HTTP/1.1 503 Busy\r\n\r\n", failure)  # type: ignore[assignment]
        assert connection.ask("/feed", {"Accept": b"x"}).status == 503
    watchdog.close()
