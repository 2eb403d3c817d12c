"""A feed's rhythm as a small drawing: a stroke for each of its newest entries, on a line that ends now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate

from markupsafe import Markup

WIDTH, HEIGHT = 132, 22
_INNER = WIDTH - 4


def cadence_svg(last_entry_at: datetime | None, gaps_s: Sequence[int], now: datetime) -> Markup:
    """Return the drawing as SVG to stand in a page; empty if nothing is known of a rhythm.

    Args:
        gaps_s: seconds between the newest entries, the newest gap first.
    """
    if last_entry_at is None or not gaps_s:
        return Markup()
    quiet = max((now - last_entry_at).total_seconds(), 0.0)
    ages = [quiet + gone for gone in accumulate(gaps_s, initial=0)]
    whole = max(ages[-1], 1.0)
    strokes = Markup().join(
        Markup('<rect x="{}" y="4" width="2" height="{}" rx="1"/>').format(
            round(1 + _INNER * (1 - age / whole), 1), HEIGHT - 8
        )
        for age in reversed(ages)
    )
    return Markup(
        '<svg class="cadence" viewBox="0 0 {w} {h}" width="{w}" height="{h}" aria-hidden="true">'
        '<path d="M1 {m}H{e}" fill="none" stroke="currentColor" opacity=".35"/>'
        '<g fill="currentColor">{strokes}</g></svg>'
    ).format(w=WIDTH, h=HEIGHT, m=HEIGHT // 2, e=WIDTH - 1, strokes=strokes)
