"""What opens private outputs: a token for each, kept while the output is away, so that addresses last."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, select, update

from feedhub.errors import UsageError
from feedhub.model import Access, Catalogue
from feedhub.store import schema

TOKEN_BYTES = 24
_OUTPUT = schema.output.c


def mint(connection: Connection, catalogue: Catalogue) -> None:
    """Give a token to every private output that has none, and that nothing else opens."""
    wanting = {path for path, one in catalogue.outputs.items() if one.private and one.access == Access()}
    if wanting:
        without = select(_OUTPUT.path).where(_OUTPUT.active, _OUTPUT.token.is_(None))
        for path in wanting.intersection(connection.scalars(without)):
            rotate(connection, path)


def tokens(connection: Connection) -> dict[str, str]:
    """Return the tokens by their outputs' paths."""
    rows = connection.execute(select(_OUTPUT.path, _OUTPUT.token).where(_OUTPUT.active, _OUTPUT.token != ""))
    return {row.path: row.token for row in rows}


def rotate(connection: Connection, path: str) -> str:
    """Give an output another token and return it."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    done = connection.execute(
        update(schema.output).where(_OUTPUT.active, _OUTPUT.path == path).values(token=token)
    )
    if not done.rowcount:
        raise UsageError(f"there is no output {path!r}")
    return token
