"""How long what is handed out is kept from others."""

from __future__ import annotations

from datetime import timedelta

LEASE = timedelta(minutes=10)
"""Longer than the longest poll (the feed, the parser, the pages that steps ask for), so that a lease that
ran out means a dead worker."""
