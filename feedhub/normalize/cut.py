"""A body cut at its tags: text, tag, text, tag, …, text, all without their `<` and `>`."""

from __future__ import annotations

import re
from typing import Final

from feedhub.normalize.nesting import Refused

# What text may have, tags and text not told apart: all bytes but those of `<`, `>` and what XML forbids.
_ORDINARY: Final = bytes({*range(0x20, 0x100), *b"\t\n"} - {*b"<>"})
_UNFINISHED = re.compile("/?[A-Za-z][^>]*")  # where a body was cut: no part of it
_STRAY = re.compile("<(?![A-Za-z!?]|/.)", re.DOTALL)


def cut(source: str) -> list[str]:
    """Return the parts of a body.

    Raises: Refused for what XML forbids, and where it cannot be told where a tag ends.
    """
    try:
        marks = source.encode().translate(None, _ORDINARY)
    except UnicodeEncodeError:
        raise Refused from None
    if "\ufffe" in source or "\uffff" in source:
        raise Refused
    if marks == b"<>" * (len(marks) // 2):
        return source.replace(">", "<").split("<")
    if marks.translate(None, b"<>"):
        raise Refused
    return cut_carefully(source)


def cut_carefully(source: str) -> list[str]:
    """Return the parts of a body of legal characters some of whose `<` and `>` belong to no tag.

    They stand in text, as in `a -> b` or `a[i]<[1]`, in a comment, or in an attribute.
    """
    source = _STRAY.sub("\0", source)
    first, *pieces = source.split("<")
    if pieces and _UNFINISHED.fullmatch(pieces[-1]):
        pieces.pop()
    if "<!--" in source:
        pieces = _without_comments(pieces)
    cuts = [piece.partition(">") for piece in pieces]
    if not all(end for _, end, _ in cuts):
        raise Refused
    tags = [tag.replace("\0", "<") for tag, _, _ in cuts]
    parts = [""] * (2 * len(tags) + 1)
    parts[1::2] = tags
    texts = "<".join([first, *[text for _, _, text in cuts]])
    parts[::2] = texts.replace(">", "&gt;").replace("\0", "&lt;").split("<")
    return parts


def _without_comments(pieces: list[str]) -> list[str]:
    """Return what begins with a tag, or with an empty comment for one that tags may have been in."""
    kept = []
    comment: list[str] = []
    for piece in pieces:
        if not comment and not piece.startswith("!--"):
            kept.append(piece)
            continue
        comment.append(piece)
        if "-->" in piece:
            written, _, text = "<".join(comment).partition("-->")
            if not written.startswith("!--") or written.startswith(("!-->", "!--->")) or "--!>" in written:
                raise Refused
            kept.append(f"!---->{text}")
            comment.clear()
    if comment:
        raise Refused
    return kept
