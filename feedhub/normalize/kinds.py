"""How the elements of HTML nest: what each asks of those round it, and which it ends.

Source: HTML section 13.2.4.2 and 13.2.6.4.7.
"""

from __future__ import annotations

from typing import Final

(
    VOID,
    OPEN,
    BLOCK,
    LINK,
    LONE,
    HEADING,
    ITEM,
    TERM,
    RUBY,
    FORM,
    RULE,
    CLOSE,
    PRE,
    RAW,
    RAW_END,
    TABLE,
    TABLE_END,
    COLUMN,
) = range(18)

_BLOCKS: Final = frozenset(
    """address article aside blockquote center details dir div dl fieldset figcaption figure footer header
    hgroup main menu nav ol p section summary ul""".split()
)
HEADINGS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
FORMATTING: Final = frozenset("b big code em font i s small strike strong tt u".split())
"""Which go on after what they stand in has ended."""
_INLINE: Final = FORMATTING | frozenset(
    """abbr acronym audio bdi bdo cite data del dfn ins kbd label map mark picture q ruby samp span sub sup
    time var video""".split()
)
RUBIES: Final = frozenset(("rb", "rp", "rt"))
_VOIDS: Final = frozenset(
    "area base basefont bgsound br embed img input link meta param source track wbr".split()
)
_LONES: Final = frozenset(("button", "nobr"))
"""Which never stand inside one of their own."""
_IGNORED: Final = frozenset(("body", "head", "html"))
RAWS: Final = frozenset(("iframe", "script", "style", "title"))
"""In which all is text but their end."""
HIDING: Final = RAWS | {"object"}
"""Which are not published, nor what is in them."""
LISTS: Final = frozenset(("ol", "ul"))
SECTIONS: Final = frozenset(("tbody", "thead", "tfoot"))
CELLS: Final = frozenset(("td", "th"))
_PARTS: Final = SECTIONS | CELLS | {"caption", "colgroup", "table", "tr"}
GRIDS: Final = SECTIONS | {"table", "colgroup", "tr"}
"""Where nothing but parts of a table may stand: all else is moved out."""
_IMPLIED: Final = frozenset(("dd", "dt", "li", "p"))
ENDED_BY_BLOCK: Final = _IMPLIED | _BLOCKS | HEADINGS | {"pre"}
ENDED_BY_ITEM: Final = ENDED_BY_BLOCK - LISTS
IMPLIED_PARTS: Final = _IMPLIED | SECTIONS | CELLS | {"colgroup", "tr"}

KINDS: Final[dict[str, int]] = {
    **dict.fromkeys(_VOIDS | _IGNORED, VOID),
    **dict.fromkeys(_INLINE, OPEN),
    **dict.fromkeys(_LONES, LONE),
    **dict.fromkeys(_BLOCKS, BLOCK),
    **dict.fromkeys(HEADINGS, HEADING),
    **dict.fromkeys(HIDING, RAW),
    **dict.fromkeys(_PARTS, TABLE),
    "a": LINK,
    **dict.fromkeys(RUBIES, RUBY),
    "form": FORM,
    "pre": PRE,
    "li": ITEM,
    "dd": TERM,
    "dt": TERM,
    "hr": RULE,
    "col": COLUMN,
}
END_KINDS: Final[dict[str, int]] = {
    **dict.fromkeys(_VOIDS | _IGNORED | {"col", "hr"}, VOID),
    **dict.fromkeys(
        _INLINE | _LONES | _BLOCKS | HEADINGS | RUBIES | {"a", "li", "dd", "dt", "form", "pre"}, CLOSE
    ),
    **dict.fromkeys(HIDING, RAW_END),
    **dict.fromkeys(_PARTS, TABLE_END),
}
OTHERS: Final = frozenset(
    """applet command dialog frame frameset image isindex keygen listing marquee math menuitem noembed
    noframes noscript optgroup option plaintext rtc search select selectedcontent svg template
    textarea xmp""".split()
)
"""Elements with rules of their own that are not followed here."""
FIRM: Final = KINDS.keys() - (_INLINE - FORMATTING) - RUBIES | OTHERS
"""What does not simply end where an element round it does; all others, even unknown ones, do."""
