"""Long CDATA sections, taken out of a document before it is parsed and put back where their texts are read.

Nothing in them is markup, and yet libxml2 looks at each of their characters: 4 ns a byte, twice what all
that is round them costs. A short section stays: what is read as a link, a date or a number is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Final

LONG: Final = 4096
"""Bytes from which on a section is taken out."""
_LONGEST: Final = 10_000_000  # libxml2's bound for one text, which is for it to hold
_MOST: Final = 100_000
"""Sections that are looked at: a document with more of them keeps all."""
_START: Final = b"<![CDATA["
_END = re.compile(rb"\]\]>")  # `bytes.find` takes twice as long for so few bytes
# In place of a section stands another one: a character of private use, what neither a comment nor a
# processing instruction may have, so that a section that was inside of one is an error, and a number.
MARK: Final = "\U00100000"
"""What stands in every text that a section is to be put back into."""
_MARK_BYTES: Final = MARK.encode()
_PLACE: Final = b"<![CDATA[" + _MARK_BYTES + b"--?>%d]]>"
# The same character written as a reference: a document that says it often would get as many copies.
_REFERENCE = re.compile(rb"&#(?:0*1048576|x0*100000);")
_PUT_BACK = re.compile(MARK + r"--\?(?:>|&gt;)([0-9]{1,7})")
_LEGAL: Final = bytes({*range(0x20, 0x100), *b"\t\n\r"})


def take_out(body: bytes) -> tuple[bytes, Sequence[str]]:
    """Return a document without its long sections, and these; the document itself where it has none.

    Args:
        body: in UTF-8, or what is taken for it.
    """
    at = body.find(_START)
    kept: list[bytes] = []
    sections: list[str] = []
    last = seen = 0
    while at >= 0:
        seen += 1
        found = _END.search(body, at)
        if found is None or seen > _MOST:
            return body, ()
        end = found.start()
        if LONG <= end - at <= _LONGEST:
            section = _read(body[at + len(_START) : end])
            if section is None:
                return body, ()
            kept += body[last:at], _PLACE % len(sections)
            sections.append(section)
            last = found.end()
        at = body.find(_START, end)
    # The first byte of a mark begins no other characters than those of private use that nobody uses.
    if not sections or _MARK_BYTES[:1] in body:
        return body, ()
    skeleton = b"".join((*kept, body[last:]))
    return (body, ()) if _REFERENCE.search(skeleton) else (skeleton, sections)


def put_back(text: str, sections: Sequence[str], *, escaped: bool = False) -> str:
    """Return a text with its sections in it, escaped as HTML if the rest of it is."""
    if MARK not in text:
        return text
    return _PUT_BACK.sub(lambda found: _section(found, sections, escaped), text)


def _section(found: re.Match[str], sections: Sequence[str], escaped: bool) -> str:
    section = sections[int(found[1])]
    return escape(section, quote=False) if escaped else section


def _read(section: bytes) -> str | None:
    """Return a section's text, None where XML forbids some of it."""
    if section.translate(None, _LEGAL):
        return None
    try:
        text = section.decode()
    except UnicodeDecodeError:
        return None
    if "\ufffe" in text or "\uffff" in text:
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
