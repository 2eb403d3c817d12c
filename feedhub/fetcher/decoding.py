"""Content codings undone piece by piece, within a bound and to their end: half a body is no body.

One coding at most (a bomb inside a bomb, CVE-2025-66418, is refused by its header). Each decoder gives at
most `_PIECE` bytes at a time, so that a bomb stops at the limit and never reaches memory, and looks for the
coding's own end: a gzip body cut in the middle decodes without an error in zlib. Bodies of 100 KB are undone
in less than half the time by zlib-ng than by zlib.
"""

from __future__ import annotations

import io
import itertools
import sys
from collections.abc import Callable, Iterable, Iterator

import brotli  # type: ignore[import-untyped]  # it ships none
from zlib_ng import zlib_ng

from feedhub.fetcher.problem import FetchProblem, too_large

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPT_ENCODING = "gzip, deflate, br, zstd"

_PIECE = 65_536
_RATIO = 200
_RATIO_FROM = 2_000_000
"""Beyond so many decoded bytes, what grew by more than the ratio is a bomb: real feeds grow three- to
thirtyfold. Refused before the limit is reached, a dozen at a time cost no memory to speak of."""
_MEMBERS = 1024
"""Members of one gzip or frames of one zstd body; block gzip of 20 MB has 320. More is work for nothing."""
_ZLIB_ERROR: type[Exception] = zlib_ng.error  # type: ignore[assignment]  # typed as an instance
_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_ZSTD_WINDOW_LOG = 23
"""8 MiB, the most a zstd coding may ask of a client (RFC 9659 section 3)."""
_TEXT_STARTS = (b"<", b"{", b"[", b" ", b"\t", b"\r", b"\n", b"\xef", b"\xfe", b"\xff")
_NO_CODING = frozenset({"", "identity", "none", "binary", "utf-8", "utf8", "iso-8859-1", "8bit", "7bit"})
"""What means no coding, and what servers write there by mistake and mean nothing by."""


def single_coding(content_encoding: str) -> str:
    """Return `gzip`, `deflate`, `br`, `zstd` or `identity` for a Content-Encoding header.

    Raises: FetchProblem `encoding` for more than one coding or an unknown one.
    """
    codings = [coding.strip().lower() for coding in content_encoding[:1000].split(",")]
    real = [coding for coding in codings if coding not in _NO_CODING]
    if not real:
        return "identity"
    if len(real) > 1:
        raise FetchProblem("encoding", f"the body is encoded {len(real)} times over; once is the limit")
    coding = real[0].removeprefix("x-")
    if coding not in _DECODERS:
        shown = "".join(char if char.isprintable() else "?" for char in coding[:40])
        raise FetchProblem("encoding", f"the body has the content coding {shown!r}, which nobody asked for")
    return coding


def whole_body(chunks: Iterable[bytes], coding: str, max_bytes: int) -> bytes:
    """Read a body to its end and decode it.

    A body that is gzip though nothing says so is decoded once; one that says gzip and is plain text is
    taken as it is (both are common mistakes of servers, and neither can be mistaken for the other).

    Args:
        chunks: the undecoded body; may raise what a connection raises.
        coding: from `single_coding`.
    Raises: FetchProblem `too-large`, `truncated` or `encoding`.
    """
    received = _Counted(_bounded(chunks, max_bytes))
    head, wire = _peek(received, 2)
    if coding == "identity" and head.startswith(_GZIP_MAGIC):
        coding = "gzip"
    elif coding == "gzip" and (not head or head.startswith(_TEXT_STARTS)):
        coding = "identity"
    body = io.BytesIO()
    try:
        for piece in _bounded(_DECODERS[coding](wire), max_bytes):
            body.write(piece)
            if body.tell() > max(_RATIO_FROM, _RATIO * received.size):
                raise FetchProblem(
                    "too-large", f"the document is a {coding} bomb: it grows more than {_RATIO}-fold"
                )
    except (_ZLIB_ERROR, brotli.error, zstd.ZstdError) as error:
        raise FetchProblem("encoding", f"the body is no valid {coding}: {error}") from error
    return body.getvalue()


def _bounded(chunks: Iterable[bytes], max_bytes: int) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            raise too_large(max_bytes)
        yield chunk


class _Counted:
    """Chunks as they come, and how many bytes came."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = next(self._chunks)
        self.size += len(chunk)
        return chunk


def _peek(chunks: Iterator[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    head = b""
    while len(head) < size:
        chunk = next(chunks, b"")
        if not chunk:
            break
        head += chunk
    return head, itertools.chain((head,) if head else (), chunks)


def _plain(chunks: Iterator[bytes]) -> Iterator[bytes]:
    return chunks


def _gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Undo gzip, several members too; what follows the last member is dropped, as gzip(1) does."""
    member, members, left = zlib_ng.decompressobj(31), 1, b""
    for chunk in chunks:
        data, left = left + chunk, b""
        while data:
            if member.eof:
                if len(data) < len(_GZIP_MAGIC):
                    left = data
                    break
                if not data.startswith(_GZIP_MAGIC):
                    _drain(chunks)
                    return
                member, members = zlib_ng.decompressobj(31), _one_more(members)
            yield from _inflated(member, data)
            data = member.unused_data
    if not member.eof:
        raise _cut("gzip")


def _inflate(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Undo deflate, with the zlib wrapper of RFC 9110 section 8.4.1.2 or raw, as many servers send it."""
    head, chunks = _peek(chunks, 2)
    if not head:
        return
    wrapped = len(head) > 1 and head[0] & 15 == 8 and int.from_bytes(head[:2], "big") % 31 == 0
    stream = zlib_ng.decompressobj(15 if wrapped else -15)
    for chunk in chunks:
        yield from _inflated(stream, chunk)
    if not stream.eof:
        raise _cut("deflate")


def _inflated(stream: zlib_ng._Decompress, data: bytes) -> Iterator[bytes]:
    """Decompress some input of a zlib stream; a full piece may leave output behind without any input left."""
    full = True
    while (data or full) and not stream.eof:
        piece = stream.decompress(data, _PIECE)
        yield piece
        data, full = stream.unconsumed_tail, len(piece) == _PIECE


def _unbrotli(chunks: Iterator[bytes]) -> Iterator[bytes]:
    stream = brotli.Decompressor()
    empty = True
    for chunk in chunks:
        if stream.is_finished():
            _drain(chunks)
            return
        empty = False
        piece = stream.process(chunk, output_buffer_limit=_PIECE)
        while piece or not stream.can_accept_more_data():  # which is True while output is still waiting
            yield piece
            piece = stream.process(b"", output_buffer_limit=_PIECE)
    if not empty and not stream.is_finished():
        raise _cut("br")


def _unzstd(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Undo zstd, several frames too; what follows the last frame is dropped."""
    frame, frames, left, empty = _zstd_frame(), 1, b"", True
    for chunk in chunks:
        data, left, empty = left + chunk, b"", False
        while data or not (frame.eof or frame.needs_input):
            if frame.eof:
                if len(data) < len(_ZSTD_MAGIC):
                    left = data
                    break
                if not data.startswith(_ZSTD_MAGIC):
                    _drain(chunks)
                    return
                frame, frames = _zstd_frame(), _one_more(frames)
            yield frame.decompress(data, _PIECE)
            data = frame.unused_data if frame.eof else b""
    if not empty and not frame.eof:
        raise _cut("zstd")


def _zstd_frame() -> zstd.ZstdDecompressor:
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG})


def _drain(chunks: Iterator[bytes]) -> None:
    """Read on to the end: only a transfer that ended well is a whole one."""
    for _ in chunks:
        pass


def _one_more(members: int) -> int:
    if members >= _MEMBERS:
        raise FetchProblem("encoding", f"the compressed body has more than {_MEMBERS} parts")
    return members + 1


def _cut(coding: str) -> FetchProblem:
    return FetchProblem("truncated", f"the {coding} body ends before its end mark: a part of it is missing")


_DECODERS: dict[str, Callable[[Iterator[bytes]], Iterator[bytes]]] = {
    "identity": _plain,
    "gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
