"""A feed's HTML made safe, with absolute addresses and within bounds of size and time.

nh3 does the cleaning. A document goes through lxml first when it needs a repair that a filter of attributes
cannot do (lazy images, counting pixels, embedded players) or when it is large enough that its nesting could
cost quadratic time: libxml2 bounds the depth.
"""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

import nh3
from lxml import etree

from feedhub.normalize.links import absolute
from feedhub.normalize.text import legal, without_tags

MAX_CONTENT = 1 << 20
"""Characters of one body, before and after cleaning."""
NOWHERE = "https://relative.invalid/"
"""What relative addresses lead to when nothing says where they belong (RFC 2606 section 2)."""

# Measured with nh3 0.3.8: 1,000 open <ul><li> take 8 ms and 10,000 take 770 ms; 200,000 `&` take 1.2 s, a
# million 8 s; a tag of 50,000 attributes takes 0.5 s in nh3 and far longer in libxml2.
_MANY_TAGS = 1000
_MANY_ENTITIES = 20_000
_LONG_TAG = 20_000

_TAGS = frozenset(
    """a abbr acronym article aside audio b bdi bdo big blockquote br caption center cite code col colgroup
    data dd del details dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup hr i
    img ins kbd li main mark ol p pre q rp rt rtc ruby s samp section small source span strike strong
    sub summary sup table tbody td tfoot th thead time tr tt u ul var video wbr""".split()  # noqa: SIM905 - read as words
)
_HIDDEN = frozenset(
    """script style title svg math iframe object noembed noframes textarea xmp template""".split()  # noqa: SIM905
)
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"title", "lang", "dir"},
    "a": {"href", "hreflang"},
    "audio": {"src", "controls"},
    "col": {"span"},
    "colgroup": {"span"},
    "data": {"value"},
    "del": {"datetime"},
    "details": {"open"},
    "img": {"src", "alt", "width", "height"},
    "ins": {"datetime"},
    "li": {"value"},
    "ol": {"start", "reversed", "type"},
    "source": {"src", "type"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
    "time": {"datetime"},
    "video": {"src", "poster", "width", "height", "controls"},
}


class Sanitiser:
    """Cleans the bodies of one document, in one thread. `reduced` counts bodies that lost their markup.

    `marked` leaves classes and ids in, for steps that select by them; who publishes cleans again.
    """

    def __init__(self, *, marked: bool = False) -> None:
        self.reduced = 0
        self._base = NOWHERE
        self._cleaner = _MARKING_CLEANER if marked else _CLEANER

    def clean(self, text: str, kind: str, base: str) -> str:
        """Return safe HTML, XML-legal, at most MAX_CONTENT characters; `kind` is `text` or `html`.

        Relative links and images are resolved against `base`. Styles, ids, classes and scripts are gone, an
        embedded player has become a link.
        """
        if not text or text.isspace():
            return ""
        self._base = absolute(base) or NOWHERE
        source = text[:MAX_CONTENT]
        cleaned = self._render(source, kind)
        while len(cleaned) > MAX_CONTENT:
            source = source[: len(source) * MAX_CONTENT * 9 // (len(cleaned) * 10)]
            cleaned = self._render(source, kind)
        return cleaned

    def _render(self, source: str, kind: str) -> str:
        if kind == "text":
            return _paragraphs(source)
        if "<" not in source:
            if not _ESCAPED_MARKUP.match(source):
                return _escape(html.unescape(source) if "&" in source else source)
            source = html.unescape(source)
        return legal(self._clean(source)).strip()

    def _clean(self, source: str) -> str:
        large = len(source) > _LONG_TAG
        if large and (source.count("&") > _MANY_ENTITIES or _has_long_tag(source)):
            return self._reduce(source)
        if _wants_repair(source) or (source.count("<") > _MANY_TAGS and not _nests_plainly(source)):
            repaired = _repair(legal(source))
            if repaired is None:
                return self._reduce(source)
            source = repaired
        try:
            cleaned = self._cleaner.clean(source)
        except UnicodeEncodeError:
            cleaned = self._cleaner.clean(legal(source))
        if _RELATIVE.search(cleaned):
            cleaned = _LINKING.sub(lambda tag: _RELATIVE.sub(self._resolve, tag[0]), cleaned)
        return cleaned

    def _reduce(self, source: str) -> str:
        self.reduced += 1
        return _escape(without_tags(source))

    def _resolve(self, attribute: re.Match[str]) -> str:
        address = absolute(html.unescape(attribute[2]), self._base)
        return f' {attribute[1]}="{html.escape(address)}"' if address else ""


# Relative addresses are resolved in its output, where every tag is well formed: a call back from within
# nh3 would keep the GIL, and two threads would gain nothing.
_CLEANER, _MARKING_CLEANER = (
    nh3.Cleaner(
        tags=set(_TAGS),
        clean_content_tags=set(_HIDDEN),
        attributes=_ATTRIBUTES | {"*": _ATTRIBUTES["*"] | marks},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    for marks in (set[str](), {"class", "id"})
)
_LINKING = re.compile(r'<(?:a|img|audio|video|source)(?: [a-z]+="[^"]*")+>')
_RELATIVE = re.compile(r' (href|src|poster)="((?!https?://|mailto:|tel:)[^"]*)"')
_ESCAPED_MARKUP = re.compile(
    r"\s*&lt;(?:p|div|a|br|img|b|i|em|strong|span|ul|ol|h[1-6]|blockquote|table|figure)\b.*&gt;\s*$",
    re.DOTALL,
)


def _paragraphs(text: str) -> str:
    """Return plain text as HTML: blank lines part paragraphs, line ends are kept."""
    blocks = [block.strip() for block in re.split(r"\n[ \t\r]*\n", _escape(text).replace("\r\n", "\n"))]
    lines = [block.replace("\n", "<br>\n") for block in blocks if block]
    return lines[0] if len(lines) == 1 else "\n".join(f"<p>{line}</p>" for line in lines)


def _escape(text: str) -> str:
    return html.escape(legal(text), quote=False).strip()


def _has_long_tag(source: str) -> bool:
    pieces = source.split("<")
    return max(map(len, pieces)) > _LONG_TAG and any(
        len(piece) > _LONG_TAG and len(piece.partition(">")[0]) > _LONG_TAG for piece in pieces
    )


# Tags written like this have one reading in HTML: their nesting can be told without a parser.
_PLAIN_TAG = re.compile(
    r"<(/?)([a-zA-Z][a-zA-Z0-9]*+)"
    r"(?:[ \t\r\n]++[a-zA-Z_:][-a-zA-Z0-9_:.]*+(?:=\"[^\"<>]*+\"|='[^'<>]*+')?+)*+[ \t\r\n]*+/?>"
)
_VOID = frozenset("area br col embed hr img input source track wbr".split())  # noqa: SIM905
_OTHER_RULES = _HIDDEN | {"plaintext", "noscript", "select", "frameset"}
_DEEPEST = 200


def _nests_plainly(source: str) -> bool:
    """Tell whether every tag is closed where it should be, and none nests deep: then html5ever is quick."""
    tags = _PLAIN_TAG.findall(source)
    if len(tags) != source.count("<"):
        return False
    opened: list[str] = []
    for slash, name in tags:
        if name in _VOID:
            continue
        if not slash:
            if len(opened) >= _DEEPEST or name in _OTHER_RULES:
                return False
            opened.append(name)
        elif not opened or opened.pop() != name:
            return False
    return True


_LAZY = ("data-src", "data-original", "data-lazy-src", "data-orig-file")
# An element that may want repair, and the text up to the next: cheaper than finding its end for certain.
_EMBEDDED = re.compile(r"<i(?:mg|frame)\b(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+[^<]*+")
_HINTS = ("<iframe", '="1"', "='1'", "=1", "data-src", "data-original", "data-lazy", "data-orig", "srcset")
_HINT = re.compile(
    r"<iframe|data-(?:src|original|lazy|orig)|(?:width|height)\s*=\s*[\"']?1(?![0-9.])"
    r"|<img\b(?=[^<]*?srcset)(?![^<]*?\ssrc\s*=)"
)
_PLAYERS = re.compile(
    r"(?:www\.)?(?:youtube(?:-nocookie)?\.com|youtu\.be|dailymotion\.com)|player\.(?:vimeo|bilibili|twitch)\.(?:com|tv)"
    r"|geo\.dailymotion\.com|open\.spotify\.com|w\.soundcloud\.com|bandcamp\.com|embed\.podcasts\.apple\.com"
    r"|archive\.org|v\.qq\.com|player\.youku\.com"
)


def _wants_repair(source: str) -> bool:
    """Tell whether lxml has something to do: a frame, or a lazy, homeless or one pixel small image."""
    if "<img" not in source and "<iframe" not in source:
        return False
    tags = "".join(_EMBEDDED.findall(source))
    # Plain searches first: they cost a tenth of a regular expression.
    return any(hint in tags for hint in _HINTS) and _HINT.search(tags) is not None


def _repair(source: str) -> str | None:
    """Return the HTML with real image addresses, without counting pixels, players as links, of bounded depth.

    None when it nests deeper than libxml2's 256 levels.
    """
    parser = etree.HTMLParser(no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(f"<html><body>{source}</body></html>", parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if any(error.type_name == "ERR_RESOURCE_LIMIT" or "depth" in error.message for error in parser.error_log):
        return None
    lazy = False
    for image in list(root.iter("img")):
        if {image.get("width", "1"), image.get("height", "1")} <= {"0", "1"} and {"width", "height"} & set(
            image.keys()
        ):
            _remove(image)
        else:
            lazy |= _unlazy(image)
    if lazy:
        for fallback in list(root.iter("noscript")):
            _remove(fallback)
    for frame in list(root.iter("iframe")):
        address = frame.get("src") or next((frame.get(name) for name in _LAZY if frame.get(name)), "")
        _replace_frame(frame, absolute(address or "", NOWHERE))
    text: str = etree.tostring(root, method="html", encoding="unicode")
    return text


def _unlazy(image: etree._Element) -> bool:
    """Put the picture's real address into `src`; tell whether another one stood there."""
    shown = image.get("src") or ""
    for name in _LAZY:
        real = (image.get(name) or "").strip()
        if real and real != shown:
            image.set("src", real)
            return True
    if not shown or shown.startswith("data:"):
        candidates = (
            image.get("srcset") or image.get("data-srcset") or image.get("data-lazy-srcset") or ""
        ).split()
        if candidates:
            image.set("src", candidates[0].rstrip(","))
            return True
    return False


def _replace_frame(frame: etree._Element, address: str) -> None:
    host = urlsplit(address).hostname or ""
    if not _PLAYERS.fullmatch(host):
        _remove(frame)
        return
    for child in list(frame):
        frame.remove(child)
    title = frame.get("title") or host
    frame.attrib.clear()
    frame.tag = "a"
    frame.set("href", address)
    frame.text = title


def _remove(element: etree._Element) -> None:
    """Take an element out and leave the text behind it."""
    parent = element.getparent()
    if parent is None:
        return
    before = element.getprevious()
    if element.tail:
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)
