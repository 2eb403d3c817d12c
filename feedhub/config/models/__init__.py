"""The shape of the YAML: every key, its type, its meaning. Schema and reference come from here.

    file      the whole, and what all of it inherits     hub        the hub, where it is served, its pages
    request   how a feed is asked for                    polling    when, and how it is read
    feed      a feed, a list in JSON or on a page        category   its space for duplicates
    rule      conditions and rules                       tags       tags from publishers' categories
    output    what is published                          exporters  where copies of it go

A key that is not set is None; what then holds is decided where the catalogue is made.
"""

from __future__ import annotations

from feedhub.config.models.category import Category
from feedhub.config.models.exporters import Exporters
from feedhub.config.models.feed import Detail, Entry, Feed
from feedhub.config.models.file import Defaults, File
from feedhub.config.models.hub import Hub, Pages, Server
from feedhub.config.models.output import Output
from feedhub.config.models.polling import Links, Secured
from feedhub.config.models.request import Auth, Fetch, Request
from feedhub.config.models.rule import Rule, Set

__all__ = [
    "Auth",
    "Category",
    "Defaults",
    "Detail",
    "Entry",
    "Exporters",
    "Feed",
    "Fetch",
    "File",
    "Hub",
    "Links",
    "Output",
    "Pages",
    "Request",
    "Rule",
    "Secured",
    "Server",
    "Set",
]
