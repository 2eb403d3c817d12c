"""HTML as nh3 makes it safe, with its pictures, players and addresses as they are to be published.

Pictures and players are mended before it, which a filter of attributes cannot do. Addresses are made absolute
in its output, where every tag is well formed: a call back from within nh3 would keep the GIL, and two threads
would gain nothing.
"""

from __future__ import annotations

import html
import re

import nh3

from feedhub.normalize import pictures
from feedhub.normalize.allowed import ATTRIBUTES, HIDDEN, SCHEMES, TAGS
from feedhub.normalize.links import absolute
from feedhub.normalize.text import legal

_CLEANER, _MARKING_CLEANER = (
    nh3.Cleaner(
        tags=set(TAGS),
        clean_content_tags=set(HIDDEN),
        attributes={name: set(kept) for name, kept in ATTRIBUTES.items()} | {"*": {*ATTRIBUTES["*"], *marks}},
        url_schemes=set(SCHEMES),
        link_rel=None,
    )
    for marks in ((), ("class", "id"))
)
_LINKING = re.compile(r'<(?:a|img|audio|video|source)(?: [a-z]+="[^"]*")+>')
_ADDRESS = re.compile(
    r' (href|src|poster)="((?!https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:[/?#](?:[!#-%\'-;=?-Z_a-z~]|&amp;)*)?"|mailto:|tel:)[^"]*)"'
)


def parsed(source: str, base: str, *, marked: bool = False) -> str:
    """Return safe HTML.

    Args:
        base: what relative addresses are resolved against.
        marked: leave classes and ids in.
    """

    def resolved(attribute: re.Match[str]) -> str:
        address = absolute(html.unescape(attribute[2]), base)
        return f' {attribute[1]}="{html.escape(address, quote=False)}"' if address else ""

    cleaner = _MARKING_CLEANER if marked else _CLEANER
    cleaned = legal(cleaner.clean(pictures.mend(source)))
    if _ADDRESS.search(cleaned):
        cleaned = _LINKING.sub(lambda tag: _ADDRESS.sub(resolved, tag[0]), cleaned)
    return cleaned
