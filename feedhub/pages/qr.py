"""An address as a code that a phone's camera reads."""

from __future__ import annotations

import io

import segno
from markupsafe import Markup

LONGEST = 1000
"""Characters; a code of more could not be scanned from a screen."""


def qr_svg(address: str) -> bytes:
    """Return the code as an SVG image, dark on white whatever the page's colours; empty if it is too long."""
    if len(address) > LONGEST:
        return b""
    image = io.BytesIO()
    segno.make_qr(address, error="m").save(
        image, kind="svg", scale=4, border=4, dark="#1b1a18", light="#ffffff", xmldecl=False, nl=False
    )
    return image.getvalue()


def qr_inline(address: str) -> Markup:
    """Return the code as SVG to stand in a page."""
    # Nothing of the address is in it but squares.
    return Markup(qr_svg(address).decode("ascii"))  # noqa: S704
