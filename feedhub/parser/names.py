"""Element names without the accidents: one short name per element, whatever prefix or case a feed chose.

`title`, `link` and the like stand for RSS and Atom alike; other namespaces keep a prefix: `dc:creator`.
"""

from __future__ import annotations

from functools import lru_cache

from lxml import etree

XML = "{http://www.w3.org/XML/1998/namespace}"
XML_BASE = XML + "base"
XML_LANG = XML + "lang"
RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"

# Lower case, as feeds disagree about the case of namespaces; an unknown one is judged by its prefix.
_PREFIXES = {
    "": "",
    "http://backend.userland.com/rss": "",
    "http://backend.userland.com/rss2": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://purl.org/rss/1.0/": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://channel.netscape.com/rdf/simple/0.9/": "",
    "http://purl.org/rss/1.0/modules/rss091#": "",
    "http://purl.org/atom/ns#": "",
    "http://www.w3.org/2005/atom": "",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.georss.org/georss": "georss",
    "http://www.georss.org/georss/10": "georss",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.opengis.net/gml": "gml",
    "http://www.w3.org/2003/01/geo/wgs84_pos#": "geo",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://www.rssboard.org/media-rss": "media",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://purl.org/syndication/thread/1.0": "thr",
    "http://wellformedweb.org/commentapi/": "wfw",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://podlove.org/simple-chapters": "psc",
    "https://podlove.org/simple-chapters": "psc",
    "https://podcastindex.org/namespace/1.0": "podcast",
    "https://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast",
    "com-wordpress:feed-additions:1": "wordpress",
}


LONGEST_KEPT = 500
"""Characters of a name up to which what is found out about it is kept: a hostile one may have millions."""


def short_name(element: etree._Element) -> str:
    """Return `name` or `prefix:name` in lower case; empty for what is no element."""
    tag: object = element.tag
    if not isinstance(tag, str):
        return ""
    name = _known_name(tag) if len(tag) <= LONGEST_KEPT else _known_name.__wrapped__(tag)
    if name is None:
        prefix = (element.prefix or "").lower()
        return f"{prefix}:{local_name(tag)}" if prefix else local_name(tag)
    return name


def is_certain(tag: object) -> bool:
    """Tell whether a tag makes the same short name whatever prefix its element has."""
    return isinstance(tag, str) and len(tag) <= LONGEST_KEPT and _known_name(tag) is not None


def local_name(tag: object) -> str:
    """Return the name without its namespace in lower case; empty for the tag of what is no element."""
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


@lru_cache(maxsize=2048)
def _known_name(tag: str) -> str | None:
    namespace = tag[1:].partition("}")[0] if tag[0] == "{" else ""
    prefix = _PREFIXES.get(namespace.lower())
    return f"{prefix}:{local_name(tag)}" if prefix else None if prefix is None else local_name(tag)
