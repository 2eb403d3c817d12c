"""Which HTML may be published: elements, attributes, and elements that go with all that is in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TAGS: Final = frozenset(
    """a abbr acronym article aside audio b bdi bdo big blockquote br caption center cite code col colgroup
    data dd del details dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup hr i
    img ins kbd li main mark ol p pre q rp rt rtc ruby s samp section small source span strike strong
    sub summary sup table tbody td tfoot th thead time tr tt u ul var video wbr""".split()
)
HIDDEN: Final = frozenset(
    """script style title svg math iframe object noembed noframes textarea xmp template""".split()
)
ATTRIBUTES: Final[Mapping[str, frozenset[str]]] = {
    "*": frozenset({"title", "lang", "dir"}),
    "a": frozenset({"href", "hreflang"}),
    "audio": frozenset({"src", "controls"}),
    "col": frozenset({"span"}),
    "colgroup": frozenset({"span"}),
    "data": frozenset({"value"}),
    "del": frozenset({"datetime"}),
    "details": frozenset({"open"}),
    "img": frozenset({"src", "alt", "width", "height"}),
    "ins": frozenset({"datetime"}),
    "li": frozenset({"value"}),
    "ol": frozenset({"start", "reversed", "type"}),
    "source": frozenset({"src", "type"}),
    "td": frozenset({"colspan", "rowspan", "align"}),
    "th": frozenset({"colspan", "rowspan", "align", "scope"}),
    "time": frozenset({"datetime"}),
    "video": frozenset({"src", "poster", "width", "height", "controls"}),
}
"""By element; those under `*` may stand on all."""
ADDRESSES: Final = frozenset({"href", "src", "poster"})
"""Those of them that hold an address."""
SCHEMES: Final = frozenset({"http", "https", "mailto", "tel"})
