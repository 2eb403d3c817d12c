"""Who may read a private output."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Access:
    """What opens a private output, as configured; all empty: a token that the store mints.

    With `username` it is that name and `password`, and no token.
    """

    token: str = field(default="", repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
