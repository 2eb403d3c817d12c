"""The configuration of the demo's hub."""

from __future__ import annotations

import json

from feedhub.demo.publishers import MOVED, PUBLISHERS, UNWELL, Place, Publisher

TITLES = {"software": "Software", "财经": "财经", "everyday": "Every day"}


def demo_yaml(place: Place, web_port: int = 8000) -> str:
    """Return the YAML of a hub that reads the sample publishers every few seconds.

    Args:
        place: where the publishers are, from `Stage.place`.
        web_port: where the hub's own pages are to be.
    """
    categories = "".join(_category(name, title, place) for name, title in TITLES.items())
    unwell = "".join(
        f"  - {{id: {name}, url: '{place.absent(name)}', category: everyday}}\n" for name in UNWELL
    )
    return _TEMPLATE.format(web_port=web_port, categories=categories, unwell=unwell)


def _category(name: str, title: str, place: Place) -> str:
    feeds = "".join(
        _feed(publisher, place) for publisher in PUBLISHERS.values() if publisher.category == name
    )
    prefer = "    duplicates: {prefer: [tidewater-code, frostline]}\n" if name == "software" else ""
    return f"  {name}:\n    title: {title}\n{prefer}    feeds:\n{feeds}"


def _feed(publisher: Publisher, place: Place) -> str:
    tags = f", tags: {json.dumps(publisher.tags, ensure_ascii=False)}" if publisher.tags else ""
    old = next((name for name, home in MOVED.items() if home == publisher.name), "")
    url = place.absent(old) if old else place.feed(publisher)
    return f"      - {{id: {publisher.name}, url: '{url}'{tags}}}\n"


_TEMPLATE = """\
# The demo's hub: sample publishers on this machine, read every few seconds. Everything below works the same
# with real feeds, only that nobody wants to be asked so often.
hub:
  title: Demo hub
  description: Sample publishers, merged while you watch. New stories appear by themselves.
  url: http://127.0.0.1:{web_port}/
server: {{host: 127.0.0.1, port: {web_port}}}
fetch:
  spacing: 0s
  allow_private: [127.0.0.0/8]      # the sample publishers live on loopback
defaults:
  interval: 5s
  min_interval: 5s
  moves: {{polls: 2, after: 5s}}      # how soon a feed that has moved is believed; usually days
categories:                         # the same story twice in one category is published once
{categories}feeds:                              # neither is there: the status page says so, and what to do
{unwell}rules:
  - {{when: {{title: '/\\breleased\\b/i'}}, tag: releases}}
  - {{when: {{title: [央行, 逆回购]}}, tag: 央行}}
  - {{when: {{any: [{{title: sponsored}}, {{author: advertising}}]}}, drop: true}}
outputs:                            # every tag and category has a feed anyway; these are extra
  twice-told:
    title: Twice told
    description: Stories that two publishers or more have brought.
    from: {{not: {{tag: podcast}}}}
    min_sources: 2
  quiet-reading:
    title: Quiet reading
    description: Programming and the kitchen, without release notes.
    from: {{all: [{{feed: [tidewater-code, kettle-and-crumb]}}, {{not: {{tag: releases}}}}]}}
"""
