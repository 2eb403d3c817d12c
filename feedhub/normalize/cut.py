"""A body cut at its tags: text, tag, text, tag, …, text, all without their `<` and `>`."""

from __future__ import annotations

import re
from typing import Final

from feedhub.normalize.nesting import Refused

# What text may have, tags and text not told apart: all bytes but those of `<`, `>` and what XML forbids.
_ORDINARY: Final = bytes({*range(0x20, 0x100), *b"\t\n"} - {*b"<>"})
_STRAY = re.compile(r"<(?![A-Za-z/!?])")
_COMMENT_END: Final = "-->"


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

    They stand in text, as in `a -> b` or `a[i]<[1]`, in a comment, or in an attribute, which leaves a tag
    that cannot be read.
    """
    first, *pieces = _STRAY.sub("\0", source).split("<")
    texts = [first]
    tags = []
    comment: list[str] = []
    for piece in pieces:
        if comment or piece.startswith("!--"):
            comment.append(piece)
            if _COMMENT_END not in piece:
                continue
            whole = "<".join(comment)
            tag, _, text = whole.partition(_COMMENT_END)
            tag = f"{tag}--".replace("\0", "<")
            comment.clear()
        else:
            tag, end, text = piece.partition(">")
            if not end or "\0" in tag:
                raise Refused
        tags.append(tag)
        texts.append(text)
    if comment:
        raise Refused
    parts = [""] * (len(tags) + len(texts))
    parts[1::2] = tags
    parts[::2] = "<".join(texts).replace(">", "&gt;").replace("\0", "&lt;").split("<")
    return parts
