"""Whether who asks for a feed is a person with a browser (RFC 9110 section 12.5.1)."""

from __future__ import annotations

_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_FEEDS = frozenset(
    {
        "application/atom+xml",
        "application/feed+json",
        "application/json",
        "application/rdf+xml",
        "application/rss+xml",
        "application/xml",
        "text/xml",
    }
)


def prefers_page(accept: str | None) -> bool:
    """Say whether an Accept names pages, and likes them better than any kind of feed or XML.

    Browsers do. Feed readers name feeds, or pages no higher, for the sites whose feeds they look for; other
    programs say `*/*` or nothing, which asks for what is there.
    """
    weights = {"page": 0.0, "feed": 0.0}
    for part in (accept or "").lower().split(",")[:50]:
        name, *parameters = (piece.strip() for piece in part.split(";"))
        kind = "page" if name in _PAGES else "feed" if name in _FEEDS else ""
        if kind:
            weights[kind] = max(weights[kind], _weight(parameters))
    return weights["page"] > weights["feed"]


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
