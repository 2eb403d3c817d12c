"""Published bytes as gzip has them, and back. Pure: the same bytes give the same, whenever it is done."""

from __future__ import annotations

from zlib_ng import zlib_ng

LEVEL = 5
"""1 % more bytes than zlib's level 6 on real feeds, for a third of its time (DECISIONS.md 2)."""
_GZIP = 31
"""The window of 32 KB, and gzip's header and checksum; the header says neither name nor time."""


def pack(body: bytes) -> bytes:
    """Return some bytes packed."""
    return zlib_ng.compress(body, LEVEL, _GZIP)


def unpack(packed: bytes) -> bytes:
    """Return what was packed."""
    return zlib_ng.decompress(packed, _GZIP)
