"""What is published is packed once, and read by whoever knows gzip."""

from __future__ import annotations

import gzip
import random

import pytest

from feedhub.packing import pack, unpack

BODIES = [b"", b"a", "央行降息".encode() * 10_000, random.Random(6).randbytes(70_000)]


@pytest.mark.parametrize("body", BODIES, ids=len)
def test_packed_bytes_are_gzip_without_a_date(body: bytes) -> None:
    """Any gunzip gives the body back; packing it again gives the same bytes, for no time stands in them."""
    packed = pack(body)
    assert gzip.decompress(packed) == unpack(packed) == body
    assert packed[:10] == b"\x1f\x8b\x08\0\0\0\0\0\0\x03"
    assert pack(body) == packed


def test_what_gzip_packed_is_unpacked() -> None:
    """A row that an older version packed is read."""
    assert unpack(gzip.compress(b"feed" * 1000, 6, mtime=0)) == b"feed" * 1000
