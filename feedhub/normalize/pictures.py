"""Pictures and players of a body: lazy images, counting pixels, frames; by their attributes alone."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, MutableMapping
from typing import Final
from urllib.parse import urlsplit

from feedhub.normalize.allowed import ATTRIBUTES
from feedhub.normalize.links import absolute
from feedhub.normalize.tags import TAG, attributes_of, escape_text, write_tag

_SETS = ("srcset", "data-srcset", "data-lazy-srcset")
_LAZY = ("data-src", "data-original", "data-lazy-src", "data-orig-file")
IMAGE: Final = ATTRIBUTES["img"] | ATTRIBUTES["*"] | {"class", "id", *_LAZY, *_SETS}
"""What is asked of an image."""
FRAME: Final = frozenset(("src", "title", *_LAZY))
"""What is asked of a frame."""
_SCRIPTED: Final = frozenset((*_LAZY, *_SETS))
_UNSEEN: Final = frozenset(("0", "1"))
_SHOWN = ATTRIBUTES["img"] | ATTRIBUTES["*"] | {"class", "id"}
_IMAGE = re.compile(rf"<(?=img\b){TAG}>", re.IGNORECASE)
_FRAME = re.compile(rf"<(?=iframe\b){TAG}>[^<]*+(?:<(?!/?iframe\b)[^<]*+)*+</iframe\s*>", re.IGNORECASE)
_CLOSED = re.compile(rf"<(?=(?:iframe|script)\b){TAG}(?<=/)>", re.IGNORECASE)
_NOSCRIPT = re.compile(r"</?noscript(?:\s[^<>]*)?>")
_FALLBACK = re.compile(r"<noscript>\s*<img\s[^<>]*>\s*(?:</img>\s*)?</noscript>")
_LAZY_NAME = re.compile(r"\sdata-(?:src|original|lazy-src|orig-file|srcset|lazy-srcset)\s*=")
_PLAYERS = re.compile(
    r"(?:www\.)?(?:youtube(?:-nocookie)?\.com|youtu\.be|dailymotion\.com)|player\.(?:vimeo|bilibili|twitch)\.(?:com|tv)"
    r"|geo\.dailymotion\.com|open\.spotify\.com|w\.soundcloud\.com|bandcamp\.com|embed\.podcasts\.apple\.com"
    r"|archive\.org|v\.qq\.com|player\.youku\.com"
)


def is_pixel(image: Mapping[str, str]) -> bool:
    """Tell whether an image only counts readers: none of its sides is known to be longer than a pixel."""
    width, height = image.get("width"), image.get("height")
    if width is None and height is None:
        return False
    return (width is None or width in _UNSEEN) and (height is None or height in _UNSEEN)


def unlazy(image: MutableMapping[str, str]) -> None:
    """Put a picture's real address into `src` where a script was to do that."""
    shown = image.get("src") or ""
    if _SCRIPTED.isdisjoint(image):
        return
    for name in _LAZY:
        real = (image.get(name) or "").strip()
        if real and real != shown:
            image["src"] = real
            return
    if not shown or shown.startswith("data:"):
        candidates = next((image[name] for name in _SETS if image.get(name)), "").split()
        if candidates:
            image["src"] = candidates[0].rstrip(",")


def player(frame: Mapping[str, str]) -> str:
    """Return a link to the player that a frame embeds; empty for other frames."""
    given = frame.get("src") or next((frame[name] for name in _LAZY if frame.get(name)), "")
    address = absolute(html.unescape(f"https:{given}" if given.startswith("//") else given))
    host = urlsplit(address).hostname or ""
    if not _PLAYERS.fullmatch(host):
        return ""
    title = html.unescape(frame.get("title") or host)
    return f"{write_tag('a', {'href': escape_text(address)})}{escape_text(title)}</a>"


def without_scripts(source: str) -> str:
    """Return HTML in which what is meant for readers without scripts, as ours are, is part of the body.

    A picture that stands there in place of one that a script would load is left out: that one is shown.
    """
    if _LAZY_NAME.search(source):
        source = _FALLBACK.sub("", source)
    return _NOSCRIPT.sub("", source)


def mend(source: str) -> str:
    """Return HTML with its pictures and players as they are to be published, all else as it was.

    It is not made safe: that is for the sanitiser, which sees no more than a filter of attributes can.
    """
    if "/>" in source:
        source = _CLOSED.sub(_opened, source)
    source = _FRAME.sub(lambda found: player(attributes_of(found[2], FRAME)), source)
    return _IMAGE.sub(_mended, source)


def _opened(found: re.Match[str]) -> str:
    # HTML knows no `<iframe/>` and takes what follows for what is in it; who writes it means XHTML.
    return found[0] if found[2].endswith("/") else f"<{found[1]}{found[2]}></{found[1]}>"


def _mended(found: re.Match[str]) -> str:
    attributes = attributes_of(found[2], IMAGE)
    if is_pixel(attributes):
        return ""
    shown = attributes.get("src")
    unlazy(attributes)
    if attributes.get("src") == shown:
        return found[0]
    return write_tag("img", {key: value for key, value in attributes.items() if key in _SHOWN})
