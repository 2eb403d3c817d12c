"""Who may read a private output, and at which address. Pure.

`/private/TOKEN/PATH.atom` for an output with a token, `/private/PATH.atom` for one with a user. Whatever is
wrong, the token, the name or the output, is one and the same refusal, found in the same steps.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping

from feedhub.model import Output, Site

PREFIX = "private/"
CHALLENGE = 'Basic realm="FeedHub", charset="UTF-8"'
MAX_CREDENTIALS_CHARS = 1000
CACHE_CONTROL = "private, max-age=60"
HEADERS = (("X-Robots-Tag", "noindex, nofollow"),)
"""What goes with every private answer: no shared cache keeps it, no search engine lists it."""


def admitted(
    path: str, authorization: str | None, outputs: Iterable[Output], tokens: Mapping[str, str]
) -> tuple[Output, str] | None:
    """Return the private output that a request may read, and the format it asks for; None: refused.

    Args:
        path: what follows `/private/`.
        tokens: those that the store has minted, by output.
    """
    given, _, inside = path.partition("/")
    by_token, by_user = _digest(given), _digest(credentials(authorization))
    found = None
    for output in outputs:
        access = output.access
        if access.username:
            held, proof, name = f"{access.username}:{access.password}", by_user, path
        else:
            held, proof, name = access.token or tokens.get(output.path, ""), by_token, inside
        stem, _, suffix = name.rpartition(".")
        right = hmac.compare_digest(_digest(held), proof)
        if right & bool(held) & (stem == output.path):
            found = output, suffix
    return found


def asks_for_user(outputs: Iterable[Output]) -> bool:
    """Say whether a refusal is to ask for name and password."""
    return any(output.access.username for output in outputs)


def addresses(output: Output, site: Site, token: str) -> list[str]:
    """Return where a private output is read, an address for each of its formats."""
    opened = "" if output.access.username else f"{output.access.token or token}/"
    return [f"{site.url}{PREFIX}{opened}{output.path}.{name}" for name in output.formats]


def credentials(authorization: str | None) -> str:
    """Return `name:password` of an Authorization header, empty if it is none (RFC 7617 section 2)."""
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic" or len(encoded) > MAX_CREDENTIALS_CHARS:
        return ""
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _digest(secret: str) -> bytes:
    """Return what is compared instead of a secret, so that all have one length."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
