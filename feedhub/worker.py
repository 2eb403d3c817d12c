"""What polls are made with, here or in a process of its own: a fetcher, the rules, the clock.

Imports no database, no configuration and no command: each worker process would pay for them.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime

from feedhub.dispatch import Poll
from feedhub.fetcher import Fetcher
from feedhub.model import Rule, TermTags
from feedhub.poller import Poller


def utc_now() -> datetime:
    """Return the wall clock, aware."""
    return datetime.now(UTC)


def make_poll(user_agent: str, rules: tuple[Rule, ...], own_url: str, terms: TermTags) -> Poll:
    """Return what polls a feed, with a fetcher of its own: once for a process."""
    return Poller(Fetcher(user_agent), rules, utc_now, random.random, own_url, terms).poll
