"""Guess the charset of bytes that are not UTF-8 and say nothing, by what text would come out."""

from __future__ import annotations

import re
from typing import Final

_SAMPLE: Final = 65536
_ANY, _CLEAR = 24, 100
"""How many bytes a sample must have for East Asian text to be told from chance."""
_HIGH = re.compile(rb"(?:[\x80-\xff][\x30-\xff]?)+")
_LANGUAGE = re.compile(rb"<(?:dc:)?language>\s*([A-Za-z]{2})|xml:lang=[\"']([A-Za-z]{2})")

_BY_LANGUAGE: Final = {
    language: codec
    for codec, languages in (
        ("cp1251", "ru uk be bg sr mk"),
        ("cp1253", "el"),
        ("cp1255", "he iw"),
        ("cp1256", "ar fa"),
        ("cp874", "th"),
        ("cp1250", "pl cs sk hu hr sl ro"),
        ("cp1254", "tr"),
        ("cp1258", "vi"),
        ("cp1257", "lt lv et"),
    )
    for language in languages.split()
}

# The characters that running text is full of; a wrong codec gives few of them.
_COMMON_HAN: Final = frozenset(
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好"
    "都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法"
    "法部新明问力理等因其全被政者度业量市定月報這國會為來時個們說過對於後學發無長東與業經電問開關華體當區總見書"
)
_KANA: Final = re.compile("[\u3041-\u3093\u30a1-\u30f6ー]")
_HANGUL: Final = re.compile("[\uac00-\ud7a3]")
_FINAL_LETTERS: Final = re.compile(rb"[\xc0-\xdf\xfb-\xff]")
_RUN: Final = re.compile(rb"[\x80-\xff]{3,}")
# Single-byte scripts, what nearly every letter of a text in them is, and which letters make up half of it.
_SCRIPTS: Final = (
    ("cp1255", re.compile("[\u05d0-\u05ea]"), 0.9, frozenset("יוהלארתבמש")),
    ("cp874", re.compile("[\u0e01-\u0e5b]"), 0.95, frozenset("านรกอเงมยลัี่้")),
    ("cp1253", re.compile("[\u03ac-\u03ce]"), 0.7, frozenset("αοιετνσρηυςκό")),
    ("cp1256", re.compile("[\u0621-\u064a]"), 0.85, frozenset("اليمنوتربةعد")),
)
_CYRILLIC_COMMON: Final = frozenset("оеаинтсрвл")
_CYRILLIC_LOWER: Final = re.compile("[а-яё]")
_CYRILLIC_UPPER: Final = re.compile("[А-ЯЁ]")


def guess_charset(body: bytes, *, declared: bool = False) -> str:
    """Return the name of a codec; `cp1252` when nothing speaks for another.

    Deterministic; looks at the language the feed declares and at a bounded sample of the bytes.

    Args:
        declared: whether the document says it were latin-1: then it takes more to believe another.
    """
    sample = _non_ascii(body)
    best, best_score = "", 0.0
    for name in ("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949"):
        score = _east_asian_score(sample, name, declared)
        if score > best_score:
            best, best_score = name, score
    # A few curly quotes are valid Korean, too, and a page of French may be bad Chinese.
    if best_score >= (0.25 if declared else 0.12) and len(sample) >= (_CLEAR if declared else _ANY):
        return best
    # Words, not accents: letters of another script stand in runs.
    if 2 * sum(map(len, _RUN.findall(sample))) >= len(sample) - sample.count(b" "):
        script = _cyrillic(sample) or _other_script(sample)
        if script:
            return script
    found = _LANGUAGE.search(body[:16384])
    if found:
        return _BY_LANGUAGE.get((found.group(1) or found.group(2)).decode("ascii").lower(), "cp1252")
    return "cp1252"


def _non_ascii(body: bytes) -> bytes:
    # Runs of high bytes with what may be their second byte, each run on its own so that no pair is torn.
    return b" ".join(_HIGH.findall(body[: _SAMPLE * 8]))[:_SAMPLE]


def _east_asian_score(sample: bytes, name: str, declared: bool) -> float:
    # The core of a charset, where it is known: an extension takes any accent before a letter for a rare one.
    core = "euc_kr" if name == "cp949" else "gb2312" if name == "gb18030" and declared else name
    text = sample.decode(core, "replace")
    wide = [c for c in text if c > "\x7f"]
    if not wide:
        return 0.0
    bad = text.count("\ufffd")
    if bad * 50 > len(wide):
        return 0.0
    if name in ("cp932", "euc_jp"):
        good = len(_KANA.findall(text))
    elif name == "cp949":
        good = len(_HANGUL.findall(text))
        if good < 0.8 * len(wide):  # Chinese read as Korean is half hangul
            return 0.0
    else:
        good = sum(c in _COMMON_HAN for c in wide)
    return good / len(wide)


def _cyrillic(sample: bytes) -> str:
    if not _FINAL_LETTERS.search(sample):
        return ""  # Hebrew read as Cyrillic never has э, ю or я, nor koi8-r's capitals
    best, best_score = "", 0.0
    for name in ("cp1251", "koi8-r", "iso8859-5", "cp866"):
        text = sample.decode(name, "replace")
        lower, upper = len(_CYRILLIC_LOWER.findall(text)), len(_CYRILLIC_UPPER.findall(text))
        wide = sum(c > "\x7f" for c in text)
        common = sum(c in _CYRILLIC_COMMON for c in text)  # Greek read as Cyrillic has few of these
        if wide and lower > 3 * upper and (lower + upper) / wide > 0.8 and common > 0.45 * lower:
            score = (lower - upper) / wide
            if score > best_score:
                best, best_score = name, score
    return best


def _other_script(sample: bytes) -> str:
    best, best_score = "", 0.4
    for name, letters, share, common in _SCRIPTS:
        wide = [c for c in sample.decode(name, "replace") if c > "\x7f"]
        if wide and len(letters.findall("".join(wide))) >= share * len(wide):
            score = sum(c in common for c in wide) / len(wide)
            if score > best_score:
                best, best_score = name, score
    return best
