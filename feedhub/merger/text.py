"""Text folded for matching only: nothing in here is ever shown."""

from __future__ import annotations

import functools
import html
import re
import string
import unicodedata

from feedhub.merger.lexicon import AGENCIES, COMMON

BODY_LIMIT = 2500
"""Characters of plain text that likeness looks at: bounds the cost of a long article."""
TITLE_LIMIT = 500


def beginning(markup: str, *, quoted: bool = False, lines: bool = False) -> str:
    """Return the first BODY_LIMIT characters of sanitised HTML's own words: plain text without block quotes.

    A link blog that quotes a page has not copied it; with `quoted` the quotes stay. `lines` as for `plain`.
    """
    for limit in (_MARKUP_LIMIT, 8 * _MARKUP_LIMIT):
        part = markup[:limit]
        part = part if quoted or "<blockquote" not in part else _QUOTE.sub(" ", part)
        text = plain(part, lines=lines)
        if len(text) >= BODY_LIMIT or len(markup) <= limit:
            break
    return text[:BODY_LIMIT]


def plain(markup: str, *, lines: bool = False) -> str:
    """Return the words of HTML; with `lines` one for each block of it, every character in its place."""
    if "<" in markup:
        markup = _TAG.sub(" ", _BLOCK.sub("\n", markup) if lines else markup)
    return html.unescape(markup) if "&" in markup else markup


def normalise(text: str) -> str:
    """Return text without the differences that make no other text.

    Compatibility forms and full width (NFKC), case, Traditional Chinese (as Simplified), a share's code after
    a company's name.
    """
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text).casefold()
    if "(" in text:
        text = _SHARE_CODE.sub("", text)
    # A title may have one character that tells; a body has many, and the commonest are looked for.
    if (_HAN if len(text) <= _EDGE else _TRADITIONAL).search(text):
        return text.translate(_simplified())
    return text.translate(_VARIANTS) if any(map(text.__contains__, _LOST)) else text


def strip_title(title: str, source: str = "") -> str:
    """Return a normalised title without the name of its source: `… - reuters`, `纽约时报 | …`, `【快讯】…`.

    `source` is the host of its link; a part that neither names a known agency nor the host stays.
    """
    if not title.isascii() or title[:1] == "[" or title[-1:] in ("]", ")") or title.startswith("breaking"):
        title = _LABEL.sub("", title)
    title = title.strip()
    if title.isascii() and not ("-" in title or "|" in title or ":" in title or "_" in title):
        return title
    parts = _SEPARATOR.split(title)
    while len(parts) > 1 and _is_source(parts[-1], source):
        parts = parts[:-1]
    if len(parts) > 1 and _is_source(parts[0], source):
        parts = parts[1:]
    return " ".join(parts)


def title_parts(title: str) -> list[tuple[tuple[int, int], str]]:
    """Return the parts of a normalised title between separators, with where each is, separator included."""
    parts, place = [], 0
    for found in _NAME_BREAK.finditer(title):
        parts.append(((place, found.end()), title[place : found.start()]))
        place = found.end()
    return [*parts, ((place, len(title)), title[place:])]


def is_whole(title: str) -> bool:
    """Tell whether nothing is taken off a normalised title that holds a number: no part, and no ellipsis."""
    if title.rstrip(" ]")[-1:] in (".", "…"):
        return False
    if title.isascii() and not any(map(title.__contains__, "-|:_]")):
        return True
    return not (_SEPARATOR.search(title) or _NAME_BREAK.search(title))


def strip_body(text: str) -> str:
    """Return a normalised body without byline, dateline, source note and the blog engine's footer."""
    head, rest = text[:_EDGE].lstrip(), text[_EDGE:]
    for hint, pattern in _HEADS:
        if hint in head if hint else not head.isascii():
            head = pattern.sub("", head, count=1)
    text = _LEADING.sub("", head) + rest
    rest, tail = text[:-_EDGE], text[-_EDGE:]
    for hints, pattern in _TAILS:
        if any(map(tail.__contains__, hints)) if hints else not tail.isascii():
            tail = pattern.sub("", tail)
    return rest + tail


def squash(text: str) -> str:
    """Return a normalised text's letters and digits alone."""
    if text.isascii():
        return text.translate(_ASCII_SQUASH)
    return _NOT_WORD.sub("", text)


def squash_body(text: str) -> str:
    """Return a normalised body's letters and digits; of a text in mostly ASCII letters those alone.

    Two copies lose the same accents, and it costs a tenth (5 against 50 us for 2,500 characters). It is the
    opening that decides: an excerpt has that too.
    """
    if is_ascii(text):
        return text.encode("ascii", "ignore").decode("ascii").translate(_ASCII_SQUASH)
    return _NOT_WORD.sub("", text)


def is_ascii(text: str) -> bool:
    """Tell whether a text begins in mostly ASCII letters."""
    opening = text[:_OPENING]
    return 5 * len(opening.encode("ascii", "ignore")) >= 4 * len(opening)


def weight(squashed: str) -> int:
    """Return a length that compares across scripts: an unspaced character says as much as three letters."""
    return len(squashed) * (3 if is_unspaced(squashed) else 1)


def tokens(text: str) -> list[str]:
    """Return a normalised text's words, in order; where words are not spaced, its characters."""
    return _TOKEN.findall(text)


def terms(title: str) -> frozenset[str]:
    """Return what a normalised title is about: its words but the commonest; unspaced text as bigrams."""
    found: set[str] = set()
    spaced = title.isascii()
    for run in _RUN.findall(title):
        if not spaced and _UNSPACED.match(run):
            found.update([run[i : i + 2] for i in range(len(run) - 1)])
        elif len(run) > 2 and run not in COMMON:
            found.add(run.removesuffix("s"))
        elif run.isdigit():
            found.add(run)
    return frozenset(found)


def numbers(text: str) -> tuple[str, ...]:
    """Return the numbers of a normalised text in order: `3.14.1`, `2%`, `1000` for `1,000`, `ii`."""
    return tuple([number.replace(",", "") for number in _NUMBER.findall(text)])


def is_unspaced(text: str) -> bool:
    """Tell whether a squashed text is mostly written without spaces (Chinese, Japanese, Thai)."""
    sample = text[:100]
    return not sample.isascii() and 2 * len(_UNSPACED_CHAR.findall(sample)) > len(sample)


_EDGE = 200
_OPENING = 100
_MARKUP_LIMIT = 6000
_SCRIPTS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_QUOTE = re.compile(r"<blockquote.*?(?:</blockquote>|$)", re.S)
_TAG = re.compile(r"<[^>]*(?:>|$)")
_BLOCK = re.compile(
    r"</?(?:p|br|div|li|h[1-6]|hr|tr|td|ul|ol|dd|dt|section|footer|header|figure|table)\b[^>]*>", re.I
)
_NOT_WORD = re.compile(r"[\W_]+")
_ASCII_SQUASH = {
    ord(char): None for char in map(chr, range(128)) if char not in string.ascii_letters + string.digits
}
_UNSPACED = re.compile(f"[{_SCRIPTS}]+")
_UNSPACED_CHAR = re.compile(f"[{_SCRIPTS}]")
_RUN = re.compile(f"[{_SCRIPTS}]+|[^\\W_{_SCRIPTS}]+")
_TOKEN = re.compile(f"[{_SCRIPTS}]|\\d+(?:[.,:/]\\d+)*%?|[^\\W_{_SCRIPTS}]+")
_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*%?|(?<![^\W_])(?:i{1,3}|iv|vi{0,3}|ix)(?![^\W_])")
_TRADITIONAL = re.compile(
    "[們這個來說時國會對為過學爲後裡裏還與於從見長東車話問間開關無電業產經濟書買賣點給讓應該當實現發動務員場報"
    "華萬億漲調證劃總認議計統網際環選戰區導級隊將據幾氣門頭體觀黨轉運進達連邊遠機權條樣極構標價優傳單廣歲勢勞"
    "質負財貿資貨貸費領題額類風飛馬驗點齊龍線織練組結終紅約純紀]"
)
_SHARE_CODE = re.compile(
    r"\((?<=\w\()(?:[a-z]{2,6}:)?(?:(?:sh|sz|bj|hk)?\d{5,6}|\d{4,6}\.[a-z]{1,2})(?:\.[a-z]{2})?\)"
)
_LOST = "著瞭覆座藉像衞説"
_VARIANTS = str.maketrans(_LOST, "着了复坐借象卫说")
"""What conversion between the scripts does not bring back, either way."""
_HAN = re.compile("[\u4e00-\u9fff]")

_LABEL = re.compile(
    r"^(?:【[^】\d]{1,8}】|\[[^\]\d]{1,8}\]|(?:快讯|突发|重磅|独家|最新|breaking)\s*[:!|])\s*(?=.{8})"
    r"|^【(?=[^】]{9,}】$)|】$|\s*[\[(](?:图|组图|视频|video|pdf)[\])]$"
)
_SEPARATOR = re.compile(r"\s+[-–—|·»:]+\s+|\s*[|_｜]\s*|\s*—{2}\s*")
_NAME_BREAK = re.compile(
    r"(?<=[】\]])(?=.)|\s+[-–—|·»:]+\s+|\s*[|_｜]\s*|\s*—{2}\s*|(?<=[^\W\d])[:：](?!//)\s*"
)
PASSAGE_BREAK = re.compile(r"[\n.。!?](?:(?<=\n)\n*|[\"'”’)\]]*\s+|(?<=[。!?])(?=[^\W\d_]))")
"""What ends a passage of a normalised body: a block of its page, or a sentence."""
_LEADING = re.compile(r"^[\s,，:：—-]+")
_HEADS = tuple(
    (hint, re.compile(pattern, re.S))
    for hint, pattern in (
        ("associated press", r"^\s*by [^.\n]{3,60}? (?:for|of) the associated press\s*"),
        ("(", r"^[^.()\n]{2,40}\((?:reuters|ap|afp|dpa|xinhua|cnn|bloomberg|tass)\)\s*[-–—:]*\s*"),
        (
            "月",
            r"^\s*(?:[(（][^()（）]{2,30}[)）])?\s*[^，。,.\s]{0,16}?\d{1,2}月\d{1,2}日(?:电|讯|消息|报道|\s*\|)\s*",
        ),
        ("", r"^\s*[(（](?:[^()（）]{0,12}?)(?:记者|通讯员|编辑|作者|来源)[^()（）]{0,30}[)）][,，:：\s]*"),
        ("", r"^\s*(?:文章?来源|来源|作者|文|记者|编辑)\s*[:：/|丨]\s*[^\s，。]{2,20}\s+"),
    )
)
_TAILS = tuple(
    (hints, re.compile(pattern, re.S))
    for hints, pattern in (
        (("the post ",), r"the post .{3,160}? (?:appeared first on|first appeared on) .{2,80}$"),
        (
            ("[…]", "[...]", "continue reading", "read more", "read the full "),
            r"(?:\[…\]|\[\.\.\.\]|continue reading|read more|read the full (?:story|article))[^.]{0,60}$",
        ),
        ((), r"[(（\[【]\s*(?:文章?来源|来源|责任编辑|责编|编辑|作者|记者)[^()（）】\]]{1,40}[)）\]】]"),
        ((), r"(?:文章?来源|责任编辑|责编|原标题|本文来自|转载自)\s*[:：]?\s*[^。]{1,40}$"),
    )
)
"""What a text with the hint in it may begin or end with; without a hint, one that is not ASCII."""


@functools.cache
def _simplified() -> dict[int, str]:
    """Return the table Traditional -> Simplified; built on the first Traditional text (20 ms)."""
    from opencc import OpenCC  # 17 ms and 7 MB that a hub without Chinese never pays

    chars = [chr(code) for code in range(0x4E00, 0xA000)]
    folded: list[str] = OpenCC("t2s").convert("\n".join(chars)).split("\n")
    found = {ord(char): simple for char, simple in zip(chars, folded, strict=True) if char != simple}
    return found | {char: chr(simple) for char, simple in _VARIANTS.items()}


def _is_source(part: str, host: str) -> bool:
    name = squash(part)
    return name in AGENCIES or (len(name) > 3 and name in squash(host))
