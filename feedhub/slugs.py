"""Names in any script as short ASCII words for addresses and file names. Pure."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable

from slugify import slugify

MAX_LENGTH = 60
_SUFFIX_LENGTH = 6
_HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿\U00020000-\U0003134f]+")


def slug(text: str) -> str:
    """Return lower-case ASCII letters, digits and single hyphens, 1 to MAX_LENGTH characters.

    Chinese becomes pinyin, one run one word, with phrases read as such: 重庆 is chongqing, 银行家 yinhangjia.
    What has no letter at all becomes a short hash.
    """
    latin = _HAN.sub(lambda run: _pinyin(run[0]), text)
    found = slugify(latin, max_length=MAX_LENGTH, word_boundary=False).strip("-")
    return found or _suffix(text)


def unique(names: Iterable[str]) -> dict[str, str]:
    """Return a slug for each name, all different; names that share one get a hash of themselves appended.

    What a name gets depends on which names there are, never on their order.
    """
    sharing: defaultdict[str, list[str]] = defaultdict(list)
    for name in dict.fromkeys(names):
        sharing[slug(name)].append(name)
    return {
        name: word if len(group) == 1 else suffixed(word, name)
        for word, group in sharing.items()
        for name in group
    }


def suffixed(word: str, name: str) -> str:
    """Return the slug with a short hash of the name appended."""
    return f"{word[: MAX_LENGTH - _SUFFIX_LENGTH - 1].rstrip('-')}-{_suffix(name)}"


def _pinyin(run: str) -> str:
    # The tables cost 60 ms and 30 MB: only a Chinese name pays for them.
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(run, errors="default"))


def _suffix(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_SUFFIX_LENGTH]
