"""What a server answers: http.client's response, its head read within bounds, its body to its end.

http.client hands the head to the parser of e-mail, which costs more than sending the request, and takes the
first line that is no field for the end. Here the lines, which are counted anyway, are the fields.
"""

from __future__ import annotations

import http.client
import io
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from feedhub.fetcher.problem import FetchProblem, long_head, too_large
from feedhub.model import Limits

_MAX_FIELDS = 99
"""Header lines, as many as http.client takes."""
_PIECE = 65_536
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_ENDS = (b"\r\n", b"\n", b"")
_SPACE = (" ", "\t")


class Answer(http.client.HTTPResponse):
    """An answer whose status line and fields, interim answers included, have a bound in bytes."""

    def __init__(self, *args: Any, limits: Limits, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limits = limits

    def begin(self) -> None:
        """Read the head; interim answers before it are passed over (RFC 9110 section 15.2).

        Raises: FetchProblem `headers` for too much of it, HTTPException for what is no HTTP.
        """
        whole: Any = self.fp
        self.fp = _Counted(whole, self._limits.max_header_bytes, long_head)  # type: ignore[assignment]  # reads alike
        status = 100
        while 100 <= status < 200 and status != 101:
            version, status, reason = self._read_status()  # type: ignore[attr-defined]  # not in typeshed
            headers = self._fields()
        if not version.startswith(("HTTP/1.", "HTTP/0.9")):
            raise http.client.UnknownProtocol(version)
        self.version = 10 if version in ("HTTP/1.0", "HTTP/0.9") else 11
        self.code = self.status = status
        self.reason = reason.strip()
        self.headers = self.msg = headers
        self.will_close = True  # whatever it says: no connection is used twice
        self.chunked = headers.get("transfer-encoding", "").lower() == "chunked"
        self.chunk_left = None
        self.length = None if self.chunked else _length(headers.get_all("content-length", []))
        if status in (204, 304):
            self.length = 0
        if self.chunked:  # sizes of chunks and trailers, which nobody keeps, count too
            self.fp = _Counted(whole, self._limits.max_bytes, too_large)  # type: ignore[assignment]  # reads alike
        else:
            self.fp = whole

    def pieces(self) -> Iterator[bytes]:
        """Give the body as it comes, undecoded.

        Raises: IncompleteRead if it ends before its length; http.client's `read` of a size would not tell.
        """
        while piece := self.read(_PIECE):
            yield piece
        if self.length:
            raise http.client.IncompleteRead(b"", self.length)

    def _read_next_chunk_size(self) -> int:
        """Return a chunk's size. http.client takes a minus too, and reads all there is for a chunk of -1."""
        size: int = super()._read_next_chunk_size()  # type: ignore[misc]  # not in typeshed
        if size < 0:
            raise http.client.HTTPException(f"a chunk of {size} bytes")
        return size

    def _fields(self) -> http.client.HTTPMessage:
        """Read the lines up to the empty one.

        What continues a line belongs to it (RFC 9112 section 5.2); a line that is no field is left out.

        Raises: IncompleteRead for a line that was cut: half a Location leads elsewhere (section 8).
        """
        found: list[tuple[str, str]] = []
        lines, known = 0, False
        while (line := self.fp.readline()) not in _ENDS:
            if not line.endswith(b"\n"):
                raise http.client.IncompleteRead(b"")
            text = str(line, "latin-1").rstrip("\r\n").replace("\r", " ")
            if not text.startswith(_SPACE):
                name, colon, value = text.partition(":")
                known = bool(colon and _NAME.fullmatch(name))
                if known:
                    found.append((name, value.strip(" \t")))
            elif known:
                name, value = found.pop()
                found.append((name, (value + " " + text.strip(" \t")).strip(" ")))
            lines += known
            if lines > _MAX_FIELDS:
                raise FetchProblem("headers", f"the answer has more than {_MAX_FIELDS} header lines")
        message = http.client.HTTPMessage()
        for name, value in found:
            message.set_raw(name, value)
        return message


class _Counted:
    """What is read of a connection by lines, up to a bound."""

    def __init__(
        self, whole: io.BufferedReader, max_bytes: int, problem: Callable[[int], FetchProblem]
    ) -> None:
        self._whole = whole
        self._max_bytes = self._left = max_bytes
        self._problem = problem
        self.read = whole.read

    def readline(self, limit: int = sys.maxsize) -> bytes:
        line = self._whole.readline(min(limit, self._left + 1))
        self._left -= len(line)
        if self._left < 0:
            raise self._problem(self._max_bytes)
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)


def _length(fields: list[str]) -> int | None:
    """Return what Content-Length says; None if nothing or nonsense: then the body ends with the connection.

    Raises: HTTPException if it says two things (RFC 9112 section 6.3).
    """
    try:
        lengths = {int(text) for field in fields for text in field.split(",")}
    except ValueError:
        return None
    if len(lengths) > 1:
        raise http.client.HTTPException(f"Content-Length is {min(lengths)} and {max(lengths)}")
    return next((length for length in lengths if length >= 0), None)
