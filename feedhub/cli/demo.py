"""`feedhub demo`: the whole loop offline, in a minute."""

from __future__ import annotations

import typer


def demo(context: typer.Context) -> None:
    """Show the whole loop offline: sample publishers, a hub polling them, pages to look at."""
