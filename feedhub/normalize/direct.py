"""HTML that can be cleaned without a parser, as its tags allow one reading only: most of what feeds have.

A body is cut at its tags. What a tag does where it stands is found out once a document: it is rewritten by
itself, and `nesting` says how it nests. Whatever a parser would move, mend or read otherwise is refused. What
is returned is what the parser and its sanitiser return, to the letter; and as it is put together from allowed
tags and text without `<` alone, a mistake here could spoil a layout but let nothing through.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import Final

import nh3

from feedhub.normalize import foreign, pictures
from feedhub.normalize.allowed import ADDRESSES, ATTRIBUTES, SCHEMES, TAGS
from feedhub.normalize.cut import cut, cut_carefully
from feedhub.normalize.kinds import CLOSE, END_KINDS, KINDS, OPEN, OTHERS, RAW, RULE, VOID
from feedhub.normalize.links import absolute
from feedhub.normalize.nesting import Places, Refused, Step, Tag, settled
from feedhub.normalize.parsed import parsed
from feedhub.normalize.references import Ambiguous, resolve_ascii, settle
from feedhub.normalize.tags import ATTRIBUTES as AS_WRITTEN
from feedhub.normalize.tags import TAG, attributes_of, escape_text, quoted_attributes, write_tag

_TAG = re.compile(TAG)
_ENDING = re.compile(r"/([A-Za-z][A-Za-z0-9]*)[ \t\n]*")
# What is no element of HTML, and mostly no markup at all: `<T>`, `<o:p>`, `<sys/io.h>`, `<ann@blog.example>`.
_UNKNOWN = re.compile(rf"/?([A-Za-z][-A-Za-z0-9.,:@_+]{{0,60}})(?:/[-A-Za-z0-9._+]+)*{AS_WRITTEN}")
_DRAWN = re.compile("<(?:svg|math|[^A-Za-z/!?])", re.IGNORECASE)
_DROPPED_WHOLE = re.compile(
    r"!--(?!-?>)(?!.*--!>).*--|![Dd][Oo][Cc][Tt][Yy][Pp][Ee] [A-Za-z]+|\?.*", re.DOTALL
)

_NAME = r"[A-Za-z0-9.-]{1,253}+"
_PATH = r"(?:[/?#](?:[!#-%'-;=?-Z_a-z~]++|&amp;)*+)?"
_PLAIN_WEB = re.compile(rf"https?://({_NAME})(?::[0-9]{{1,4}})?{_PATH}")
_WEB = re.compile(rf"https?://({_NAME})(?::[0-9]{{1,4}})?(?:[/?#][^\x00-\x1f\\]*)?")
_RELATIVE = re.compile(r"(?:[A-Za-z0-9_.%~-]*/|[?#]|[A-Za-z0-9_.%~-]+(?:[?#]|$))[^\x00-\x1f\\]*")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):[^\x00-\x1f]*")
_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_HOST = re.compile(rf"(?:[A-Za-z0-9.-]*[.])?[A-Za-z]{{2,63}}|{_BYTE}(?:\.{_BYTE}){{3}}")

# Shapes that nearly all tags with attributes have, read by one expression.
_DROPPED = (
    r"(?: +(?!title|lang|dir|href|value|start|type|reversed|colspan|rowspan|align|scope)"
    r"[a-z][a-z-]*+=\"[^\"]*+\")"
)
_BARE = re.compile(rf"(span|p|div|code|li|strong|em|h[1-6]|td|tr|ul|ol){_DROPPED}+")
_LINK = re.compile(rf"a{_DROPPED}*+( href=\"https?://({_NAME})(?::[0-9]{{1,4}})?{_PATH}\"){_DROPPED}*+ *+")
_SHOWN: Final = {name: ATTRIBUTES["*"] | ATTRIBUTES.get(name, set()) for name in TAGS}
_WANTED: Final = {**_SHOWN, "img": pictures.IMAGE, "iframe": pictures.FRAME}
_MOST_UNKNOWN: Final = 500
_MOST_QUESTIONS: Final = 500
_LONGEST_QUESTION: Final = 2000
_START = re.compile(r"[A-Za-z][A-Za-z0-9]*(?=[ \t\n/])")
_ANY_TEXT: Final = "a"
_NONE: Final = frozenset[str]()
# Stands for `&quot;` in tags until it is resolved in text, where it is a plain character.
_QUOTE: Final = "\0"
_COMMON: Final[dict[str, Tag]] = {
    **{
        name: (KINDS[name], name, f"<{name}>" if name in TAGS else "")
        for name in KINDS.keys() - {"iframe", "img"}
    },
    **{
        f"/{name}": (kind, f"/{name}", "")
        if kind == VOID
        else (kind, name, f"</{name}>" if name in TAGS else "")
        for name, kind in END_KINDS.items()
    },
    "/br": (VOID, "br", "<br>"),
}


class Direct:
    """Cleans the bodies of one document, keeping what it found out about each tag."""

    def __init__(self) -> None:
        self._places = Places()
        self._unknown: set[str] = set()
        self._questions = 0
        self._base = ""
        self._passing: list[tuple[int, str]] = []
        self._quoted = False
        self._resolved = False

    def clean(self, source: str, base: str) -> str | None:
        """Return the safe HTML of a body, or None where it takes a parser to tell.

        Args:
            source: with line ends of one character.
            base: what relative addresses are resolved against.
        """
        if base != self._base:
            self._base = base
            while self._passing:
                place, tag = self._passing.pop()
                del self._places.steps[place][tag]
        try:
            source, quoted = settle(source)
            parts = cut(source)
            try:
                cleaned = self._follow(parts)
            except Refused:
                if not _DRAWN.search(source):
                    raise
                cleaned = self._follow(foreign.drop(cut_carefully(source)))
            if self._places.marked:
                cleaned = settled(cleaned)
        except (Refused, Ambiguous):
            return None
        if quoted:
            cleaned = resolve_ascii(cleaned)
        return cleaned.replace(_QUOTE, "&quot;") if self._quoted else cleaned

    def _follow(self, parts: list[str]) -> str:
        """Return what is published of a body's texts and tags."""
        steps, place = self._places.steps, 0
        written: list[str] = []
        write = written.append
        for tag in parts[1::2]:
            try:
                place, markup = steps[place][tag]
            except KeyError:
                place, markup = self._step(place, tag)
            write(markup)
        parts[1::2] = written
        return "".join(parts) + self._places.ends(place)

    def _step(self, place: int, tag: str) -> Step:
        """Find out what a tag does in a place."""
        self._resolved = False
        try:
            step = self._places.step(place, _COMMON.get(tag) or self._read(tag))
        except Refused:
            is_text = self._places.is_text(place, tag)
            step = (place, "") if is_text else self._places.step(place, self._asked(tag))
        if "&quot;" in step[1]:
            step = step[0], step[1].replace("&quot;", _QUOTE)
            self._quoted = True
        self._places.steps[place][tag] = step
        if self._resolved:
            self._passing.append((place, tag))
        return step

    def _asked(self, tag: str) -> Tag:
        """Return what the parser makes of a start tag that may be read otherwise than it looks."""
        found = _START.match(tag)
        name = found[0].lower() if found else ""
        kind = KINDS.get(name, CLOSE)
        self._questions += 1
        if kind >= CLOSE or self._questions > _MOST_QUESTIONS or len(tag) > _LONGEST_QUESTION:
            raise Refused
        self._resolved = True
        answer = parsed(f"<{tag}>{_ANY_TEXT}", self._base)
        end = f"{_ANY_TEXT}</{name}>" if name in TAGS and kind != VOID and kind != RULE else _ANY_TEXT
        if not answer.endswith(end):
            raise Refused  # a quote is open where the tag seems to end
        return kind, name, answer.removesuffix(end)

    def _read(self, tag: str) -> Tag:
        if tag.startswith("a "):
            if (found := _LINK.fullmatch(tag)) and _is_certain(found[2]):
                return KINDS["a"], "a", f"<a{found[1]}>"
        elif found := _BARE.fullmatch(tag):
            name = found[1]
            return KINDS[name], name, f"<{name}>"
        name = tag[: tag.find(" ")]
        if name not in KINDS:
            if (found := _ENDING.fullmatch(tag)) and (known := _COMMON.get(f"/{found[1].lower()}")):
                return known
            if _DROPPED_WHOLE.fullmatch(tag):
                return VOID, "", ""
            name = ""
        attributes = quoted_attributes(tag, _WANTED.get(name, _NONE)) if name else None
        if attributes is None:
            found = _TAG.fullmatch(tag)
            if found is None or (name := found[1].lower()) not in KINDS:
                return self._read_unknown(tag)
            attributes = attributes_of(found[2], _WANTED.get(name, _NONE))
        if KINDS[name] == RAW and tag[-1] == "/":
            raise Refused
        return KINDS[name], name, self._markup(name, attributes)

    def _read_unknown(self, tag: str) -> Tag:
        found = _UNKNOWN.fullmatch(tag)
        if found is None:
            raise Refused
        name = found[1].lower()
        self._unknown.add(name)
        if len(self._unknown) > _MOST_UNKNOWN:
            raise Refused
        if name in OTHERS or name in KINDS or not _is_no_element(name):
            raise Refused
        return CLOSE if tag[0] == "/" else OPEN, name, ""

    def _markup(self, name: str, attributes: dict[str, str]) -> str:
        """Return what is published of a start tag."""
        if name == "iframe":
            return pictures.player(attributes)
        if name not in TAGS:
            return ""
        if not attributes:
            return f"<{name}>"
        if name == "img":
            if pictures.is_pixel(attributes):
                return ""
            pictures.unlazy(attributes)
        kept = {}
        for key, value in attributes.items():
            if key in ADDRESSES:
                if address := self._address(value):
                    kept[key] = address
            elif key in _SHOWN[name]:
                kept[key] = escape_text(html.unescape(value)) if "&#" in value else value
        return write_tag(name, kept)

    def _address(self, written: str) -> str:
        """Return an address as it is published, empty where there is none."""
        if not written:
            return ""
        if (found := _PLAIN_WEB.fullmatch(written)) and _is_certain(found[1]):
            return written
        address = html.unescape(written)
        if found := _SCHEME.fullmatch(address):
            if found[1].lower() not in SCHEMES:
                return ""
            if found[1] in ("mailto", "tel"):
                return escape_text(address)
            if (found := _WEB.fullmatch(address)) and _is_certain(found[1]):
                return escape_text(absolute(address))
        elif _RELATIVE.fullmatch(address):
            self._resolved = True
            return escape_text(absolute(address, self._base))
        raise Refused


@lru_cache(maxsize=4096)
def _is_no_element(name: str) -> bool:
    """Tell whether a sanitiser leaves what such tags stand round: not where a drawing or formula has them."""
    return nh3.clean(f"<{name}>a</{name}>", tags=set()) == "a"


@lru_cache(maxsize=4096)
def _is_certain(host: str) -> bool:
    """Tell whether every parser takes this for a host; a name in punycode, or a number, may be wrong."""
    return _HOST.fullmatch(host) is not None and "xn--" not in host.lower()
