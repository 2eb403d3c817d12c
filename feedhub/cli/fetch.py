"""`feedhub fetch`: one request as the fetcher sees it."""

from __future__ import annotations

import typer


def fetch(context: typer.Context, url: str) -> None:
    """Show one request as the fetcher sees it: redirects, validators, timing, format, entries."""
