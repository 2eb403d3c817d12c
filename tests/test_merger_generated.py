"""Near misses and reprints made by rule from stories written for this test."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from opencc import OpenCC

from feedhub.merger import Join
from tests.test_merger import entry, judge
from tests.test_merger_boilerplate import CHINESE, ENGLISH

Text = tuple[str, str]
Rule = Callable[[str, str], Text]

LONG = (
    "Harbour bridge in Lindgren closes to cars for two years",
    "The city council of Lindgren voted on Thursday to close the harbour bridge to cars from next April, "
    "after engineers had found cracks in three of its 14 pillars. Buses and bicycles may cross as before. "
    "“Nobody wanted this,” said the mayor, Ann Lee, whose party had promised a new bridge for a decade. "
    "The repair is expected to take 26 months and to cost 48.5 million, of which the region pays half. "
    "Shop owners along the quay had asked for a later start, since the summer brings them most of their "
    "trade; a ferry for cars will be paid for by the city, it was decided late in the evening, every 20 "
    "minutes from 6 in the morning on. The opposition called that a drop in the sea. A first report about "
    "the pillars had been filed in 2019 already, the Lindgren Courier wrote last week, and was never read "
    "by anyone in the town hall. An inquiry of its own into that is to be opened by the council in "
    "January, and its findings published.",
)
STORIES = [LONG, *ENGLISH, *CHINESE]
to_traditional = OpenCC("s2t").convert


def widened(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def cut(text: str, length: int) -> str:
    """Return a text's beginning, whole words where words are spaced."""
    short = text[:length]
    return (short.rsplit(" ", 1)[0] if text.isascii() or "“" in text else short) + "…"


def quoted(text: str) -> str:
    return re.sub("[“”]", '"', text).replace("’", "'")


REPRINTS: dict[str, Rule] = {
    "byline": lambda title, text: (title, f"<p>By Ann Lee for the Associated Press</p><p>{text}</p>"),
    "dateline": lambda title, text: (title, f"LINDGREN (Reuters) - {text}"),
    "署名": lambda title, text: (title, f"<p>海岸社11月23日电（记者 李明）{text}</p>"),
    "footer": lambda title, text: (
        title,
        f"<p>{text}</p><p>The post {title} appeared first on Coast Blog.</p>",
    ),
    "编辑": lambda title, text: (title, f"<p>{text}</p><p>（文章来源：海岸日报）（责任编辑：李明）</p>"),
    "title and source": lambda title, text: (f"{title} | BBC News", text),
    "标签": lambda title, text: (f"【快讯】{title}", text),
    "text for HTML": lambda title, text: (title, html.escape(text)),
    "HTML for text": lambda title, text: (
        title,
        f'<div class="x"><p>{text.replace(" ", " <b></b>", 1)}</p></div>',
    ),
    "full width": lambda title, text: (widened(title), widened(text)),
    "straight quotes": lambda title, text: (quoted(title), quoted(text)),
    "繁體": lambda title, text: (to_traditional(title), to_traditional(text)),
    "capitals": lambda title, text: (title.upper(), text),
    "title cut short": lambda title, text: (cut(title, 2 * len(title) // 3), text),
    "excerpt": lambda title, text: (title, cut(text, 3 * len(text) // 4)),
    "with a quote": lambda title, text: (title, f"<p>{text}</p><blockquote>{text[:40]}</blockquote>"),
}


def number(title: str, text: str) -> Text:
    """Another number, in the last place that has one."""
    if not (places := list(re.finditer(r"\d+", text))):
        return title, text.replace("nine", "seven").replace("51%", "15%")
    place = places[-1]
    return title, f"{text[: place.start()]}{int(place[0]) + 7}{text[place.end() :]}"


def name(title: str, text: str) -> Text:
    """Another name in title and text alike, wherever it stands."""
    old, new = next(pair for pair in NAMES.items() if pair[0] in title)
    return title.replace(old, new), text.replace(old, new)


def letter(title: str, text: str) -> Text:
    """The same name but for one character."""
    old = next(old for old in NAMES if old in title)
    new = (old[0] + ("o" if old.isascii() else "东") + old[2:]) if len(old) > 2 else old[0] + "东"
    return title.replace(old, new), text.replace(old, new)


NAMES = {
    "Lindgren": "Bergström",
    "Gedser": "Trelleborg",
    "Tern": "Gull",
    "bridge": "tunnel",
    "cinema": "theatre",
    "Brewery": "Dairy",
    "School": "Hospital",
    "滨海": "南海",
    "远洋": "近洋",
    "北湾": "西湾",
    "长岭": "短岭",
    "石桥": "木桥",
    "云渡": "风渡",
}

NEAR_MISSES: dict[str, Rule] = {
    "number": number,
    "name": name,
    "letter": letter,
    "number in the title": lambda title, text: (f"{title}: 3", text),
    "part": lambda title, text: (f"{title} (part 2)", text),
    "issue": lambda title, text: (f"{title} #13", text),
    "version": lambda title, text: (f"{title} 3.14.1", text),
    "date": lambda title, text: (f"{title}, 14 November", text),
    "另一期": lambda title, text: (f"{title}（第13期）", text),
    "another text": lambda title, text: (
        title,
        STORIES[(STORIES.index((title, text)) + 1) % len(STORIES)][1],
    ),
}
OTHER_ISSUE = {
    "number in the title": lambda title, text: (f"{title}: 2", text),
    "part": lambda title, text: (f"{title} (part 1)", text),
    "issue": lambda title, text: (f"{title} #12", text),
    "version": lambda title, text: (f"{title} 3.13.9", text),
    "date": lambda title, text: (f"{title}, 7 November", text),
    "另一期": lambda title, text: (f"{title}（第12期）", text),
}


@pytest.mark.parametrize("rule", REPRINTS)
def test_reprints_join(rule: str) -> None:
    """Byline, footer, label, markup, width, script, quotes, case, an excerpt: it is the same story."""
    apart = [title for title, text in STORIES if not joins((title, text), REPRINTS[rule](title, text))]
    assert apart == []


@pytest.mark.parametrize("rule", NEAR_MISSES)
def test_near_misses_stay_apart(rule: str) -> None:
    """Another number, name, letter of a name, part, issue, version, date or text: it is another story."""
    first = OTHER_ISSUE.get(rule, lambda title, text: (title, text))
    joined = [title for title, text in STORIES if joins(first(title, text), NEAR_MISSES[rule](title, text))]
    assert joined == []


@pytest.mark.parametrize(
    ("one", "other", "joined"),
    [
        ("Lindgren bridge: “nobody wanted this” (mayor)", "Lindgren bridge cracks known since 2019", True),
        ("Bridge in Lindgren closes for 26 months", "Ferry for cars as harbour bridge closes", True),
        ("Harbour bridge in Lindgren closes to cars", "Harbour bridge in Sorrento closes to cars", False),
        ("An evening with John Dickie", "An evening with Mary Beard", False),
        ("Harbour bridge closes to cars", "Harbour bridge opens to cars", False),
    ],
)  # fmt: skip
def test_a_page_under_another_headline(one: str, other: str, joined: bool) -> None:
    """A text is one story under two headlines that it bears out; not under one that it says nothing of."""
    assert joins((one, LONG[1]), (other, LONG[1])) == joined


def test_what_only_quotes_is_a_copy_of_what_quotes_the_same() -> None:
    """A link blog's item in two of its feeds is one; the page that it quotes is another story."""
    page = LONG[1]
    item = f"<p>The Courier:</p><blockquote><p>{page[:400]}</p></blockquote>"
    text = f"The Courier: {page[:400]}"
    assert joins(("On the bridge", item), ("On the bridge", item))
    assert joins(("On the bridge", item), ("On the bridge", text))
    assert not joins(("On the bridge", f"<p>A folly, as I said.</p>{item}"), ("On the bridge", page))


def joins(one: Text, other: Text) -> bool:
    """Tell whether the second joins the first and the first the second."""
    a, b = entry("a", *one, key="1"), entry("b", *other, key="2")
    both = {isinstance(judge(b, a), Join), isinstance(judge(a, b), Join)}
    assert len(both) == 1, "it depends on which came first"
    return both.pop()
