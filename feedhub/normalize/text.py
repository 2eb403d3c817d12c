"""Text that may be kept: legal in XML, bounded, and for titles and names plain, on one line."""

from __future__ import annotations

import html
import re

MAX_TITLE = 1000
MAX_NAME = 200
MAX_LABEL = 100
_HEADING = 80

_C0 = bytes(code for code in range(0x20) if code not in (0x09, 0x0A, 0x0D))
_SURROGATES = re.compile("[\ud800-\udfff]")
_NONCHARACTERS = re.compile("[\ufffe\uffff]")


def legal(text: str) -> str:
    """Return the text without what XML 1.0 cannot carry: C0 controls, U+FFFE, U+FFFF, lone surrogates.

    Source: XML 1.0 section 2.2. A lone surrogate becomes U+FFFD, the rest is left out.
    """
    try:
        data = text.encode()
    except UnicodeEncodeError:
        text = _SURROGATES.sub("\ufffd", text)
        data = text.encode()
    kept = data.translate(None, _C0)
    if len(kept) != len(data):
        text = kept.decode()
    if not text.isascii() and (b"\xef\xbf\xbe" in kept or b"\xef\xbf\xbf" in kept):
        text = _NONCHARACTERS.sub("", text)
    return text


def plain_title(text: str, kind: str) -> str:
    """Return a title as plain text on one line, at most MAX_TITLE characters; `kind` is `text` or `html`.

    In HTML only real elements are markup: `Vec<T>` keeps its `<T>`. Entities that are left after one
    unescaping, or that stand in a text title, were escaped twice by mistake and are undone as well.
    """
    source = text[: MAX_TITLE * 10]
    if kind == "html" and "<" in source:
        source = _without_markup(source)
    for _ in range(2 if kind == "html" else 1):
        if "&" in source and _ENTITY.search(source):
            source = html.unescape(source)
    return one_line(source, MAX_TITLE)


def plain_name(text: str, limit: int = MAX_NAME) -> str:
    """Return a name or label as plain text on one line; an address in `<…>` stays."""
    if "&" in text and _ENTITY.search(text):
        text = html.unescape(text[: limit * 10])
    return one_line(text, limit)


def label(text: str) -> str:
    """Return what can be the name of a category or a tag, "" if this cannot: too long, or an address."""
    name = plain_name(text, MAX_LABEL + 1)
    fits = len(name) <= MAX_LABEL and name.isprintable() and not name.startswith("/")
    return name if fits else ""


def heading(markup: str) -> str:
    """Return the beginning of a text as a title, to the end of a sentence where one is near."""
    text = one_line(without_tags(markup[:4000]), 1000)
    sentence = _SENTENCE.match(text)
    if sentence:
        return sentence[0].rstrip("。.；;")
    return text if len(text) <= _HEADING else text[: _HEADING - 1].rstrip() + "…"


def one_line(text: str, limit: int) -> str:
    """Return legal text with whitespace folded, bounded, and without controls that turn the text around it.

    The embeddings, overrides and isolates of UAX 9 are taken out: unbalanced, they reverse what follows.
    """
    if text.isascii() and text.isprintable() and len(text) <= limit and "  " not in text:
        return text.strip()
    folded = " ".join(_BIDI.sub("", legal(text[: limit * 10])).split())
    return folded if len(folded) <= limit else folded[: limit - 1].rstrip() + "…"


def without_tags(markup: str) -> str:
    """Return the words of any HTML, however broken, in linear time."""
    return html.unescape(_without_markup(markup))


_SENTENCE = re.compile(r".{8,79}?(?:[。！？!?；;]|\.(?=\s|$))")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,31}\d{0,2});")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_TOKEN = re.compile(r"<!--|-->|<(/?)([a-zA-Z][a-zA-Z0-9]*)(?=[\s/>])[^<>]*>")

_BLOCKS = frozenset(
    """address article aside blockquote br caption dd div dl dt figcaption figure footer form h1 h2 h3 h4
    h5 h6 header hr li main nav ol option p pre section table tbody td tfoot th thead tr ul""".split()
)
_HIDDEN = frozenset(
    "script style template title object svg math iframe noframes noembed textarea xmp".split()
)
_INLINE = frozenset(
    """a abbr acronym applet area audio b base basefont bdi bdo big blink body button center cite code col
    colgroup data datalist del details dfn dialog dir em embed fieldset font frame frameset head hgroup
    html i img input ins kbd label legend link map mark marquee menu meta meter nobr noscript optgroup
    output param picture progress q rb rp rt rtc ruby s samp select slot small source span strike strong
    sub summary sup time track tt u var video wbr""".split()
)
_ELEMENTS = _BLOCKS | _HIDDEN | _INLINE


def _without_markup(source: str) -> str:
    """Take out comments, HTML's own elements, and the contents of those that show no text."""
    kept: list[str] = []
    position, hidden = 0, ""
    for found in _TOKEN.finditer(source):
        name = (found[2] or "").lower()
        if hidden:
            ends = found[0] == "-->" if hidden == "<!--" else found[1] == "/" and name == hidden
            if ends:
                hidden, position = "", found.end()
            continue
        if found[0] == "-->" or (name and name not in _BLOCKS | _HIDDEN | _INLINE):
            continue
        kept.append(source[position : found.start()])
        kept.append(" " if name in _BLOCKS else "")
        position = found.end()
        if found[0] == "<!--":
            hidden = "<!--"
        elif name in _HIDDEN and not found[1] and not found[0].endswith("/>"):
            hidden = name
    if not hidden:
        kept.append(source[position:])
    return "".join(kept)
