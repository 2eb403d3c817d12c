"""Pairs that a mould made, and copies, in several languages: written for this test, true of any feed."""

from __future__ import annotations

import pytest

from feedhub.merger import Join
from tests.test_merger import entry, judge

MOULDS = [
    (
        "weather",
        (
            "Coast weather forecast for the weekend",
            (
                "Today will be mostly sunny with light winds from the west. Temperatures reach 21"
                " degrees in the afternoon, falling to 12 at night along the coast. Tomorrow "
                "brings clouds and a chance of showers in the hills."
            ),
        ),
        (
            "Coast weather forecast for the weekend",
            (
                "Today will be mostly cloudy with light winds from the west. Temperatures reach "
                "18 degrees in the afternoon, falling to 11 at night along the coast. Tomorrow "
                "brings rain and a chance of showers in the hills."
            ),
        ),
    ),
    (
        "weather words",
        (
            "Coast weather forecast for the weekend",
            (
                "Today will be mostly sunny with light winds from the west. Temperatures reach 21"
                " degrees in the afternoon, falling to 12 at night along the coast. Tomorrow "
                "brings clouds and a chance of showers in the hills."
            ),
        ),
        (
            "Coast weather forecast for the weekend",
            (
                "Today will be mostly rainy with light winds from the west. Temperatures reach 21"
                " degrees in the afternoon, falling to 12 at night along the coast. Tomorrow "
                "brings fog and a chance of showers in the hills."
            ),
        ),
    ),
    (
        "release",
        (
            "Exim 4.98.1 released",
            (
                "The Exim project has released version 4.98.1. This release fixes a crash in the "
                "parser. Users are advised to upgrade as soon as possible. Download it from the "
                "project's site; signatures are provided. Thanks to all who reported problems and"
                " tested the candidates."
            ),
        ),
        (
            "Exim 4.98.2 released",
            (
                "The Exim project has released version 4.98.2. This release fixes a crash in the "
                "resolver. Users are advised to upgrade as soon as possible. Download it from the"
                " project's site; signatures are provided. Thanks to all who reported problems "
                "and tested the candidates."
            ),
        ),
    ),
    (
        "project",
        (
            "Apache Kafka released",
            (
                "The Apache Kafka project has released version 3.9. This release fixes a crash in"
                " the parser. Users are advised to upgrade as soon as possible. Download it from "
                "the project's site; signatures are provided. Thanks to all who reported problems"
                " and tested the candidates."
            ),
        ),
        (
            "Apache Spark released",
            (
                "The Apache Spark project has released version 3.9. This release fixes a crash in"
                " the parser. Users are advised to upgrade as soon as possible. Download it from "
                "the project's site; signatures are provided. Thanks to all who reported problems"
                " and tested the candidates."
            ),
        ),
    ),
    (
        "show",
        (
            "The Long Table: bread and salt",
            (
                "Welcome to The Long Table, the weekly show where two cooks and a historian talk "
                "about food, its past and its people. Subscribe wherever you get podcasts and "
                "support us to hear extra episodes. Music by the Quay Quartet. Hosted by Ann Lee "
                "and Bo Karlsson."
            ),
        ),
        (
            "The Long Table: the pepper trade",
            (
                "Welcome to The Long Table, the weekly show where two cooks and a historian talk "
                "about food, its past and its people. Subscribe wherever you get podcasts and "
                "support us to hear extra episodes. Music by the Quay Quartet. Hosted by Ann Lee "
                "and Bo Karlsson."
            ),
        ),
    ),
    (
        "show guest",
        (
            "Ann talks to Mary Beard about banquets",
            (
                "Welcome to The Long Table, the weekly show where two cooks and a historian talk "
                "about food, its past and its people. Subscribe wherever you get podcasts and "
                "support us to hear extra episodes. Music by the Quay Quartet. Hosted by Ann Lee "
                "and Bo Karlsson."
            ),
        ),
        (
            "Ann talks to John Dickie about pasta",
            (
                "Welcome to The Long Table, the weekly show where two cooks and a historian talk "
                "about food, its past and its people. Subscribe wherever you get podcasts and "
                "support us to hear extra episodes. Music by the Quay Quartet. Hosted by Ann Lee "
                "and Bo Karlsson."
            ),
        ),
    ),
    (
        "earthquake",
        (
            "M 4.6 - 32 km SE of Hilo, Hawaii",
            "Location 19.5 N 154.8 W depth 10 km time 2026-11-23 10:12:33 UTC",
        ),
        (
            "M 4.7 - 32 km SE of Hilo, Hawaii",
            "Location 19.6 N 154.8 W depth 11 km time 2026-11-23 10:40:13 UTC",
        ),
    ),
    (
        "teams",
        (
            "Arsenal beat Chelsea 2-1 in London derby",
            ("Arsenal won a tense derby on Sunday with two late goals to stay at the top of the table."),
        ),
        (
            "Chelsea beat Arsenal 2-1 in London derby",
            ("Chelsea won a tense derby on Sunday with two late goals to stay at the top of the table."),
        ),
    ),
    (
        "teams title",
        ("Arsenal beat Chelsea 2-1 in a tense London derby on Sunday", ""),
        ("Chelsea beat Arsenal 2-1 in a tense London derby on Sunday", ""),
    ),
    (
        "cve",
        (
            "Debian DSA-5801: security update for openssl",
            (
                "A flaw was found that may lead to denial of service. For the stable distribution"
                " this problem has been fixed. We recommend that you upgrade your packages."
            ),
        ),
        (
            "Debian DSA-5802: security update for openssh",
            (
                "A flaw was found that may lead to denial of service. For the stable distribution"
                " this problem has been fixed. We recommend that you upgrade your packages."
            ),
        ),
    ),
    (
        "cve no nr",
        (
            "Ubuntu security notice: vulnerability in vim",
            (
                "A flaw was found that may lead to denial of service. For the stable distribution"
                " this problem has been fixed. We recommend that you upgrade your packages."
            ),
        ),
        (
            "Ubuntu security notice: vulnerability in nano",
            (
                "A flaw was found that may lead to denial of service. For the stable distribution"
                " this problem has been fixed. We recommend that you upgrade your packages."
            ),
        ),
    ),
    (
        "job",
        (
            "Senior engineer (Berlin)",
            (
                "We are looking for a senior engineer to join our growing team. You bring five "
                "years of experience, curiosity and good humour. We offer a salary in line with "
                "the market and a bicycle."
            ),
        ),
        (
            "Senior engineer (Munich)",
            (
                "We are looking for a senior engineer to join our growing team. You bring five "
                "years of experience, curiosity and good humour. We offer a salary in line with "
                "the market and a bicycle."
            ),
        ),
    ),
    (
        "german",
        (
            "Polizei sucht Zeugen nach Unfall in Kiel",
            (
                "Nach einem Unfall am Montagabend sucht die Polizei Zeugen. Ein Radfahrer wurde "
                "leicht verletzt. Hinweise nimmt die Wache entgegen."
            ),
        ),
        (
            "Polizei sucht Zeugen nach Unfall in Köln",
            (
                "Nach einem Unfall am Montagabend sucht die Polizei Zeugen. Ein Radfahrer wurde "
                "leicht verletzt. Hinweise nimmt die Wache entgegen."
            ),
        ),
    ),
    (
        "russian",
        (
            "Банк России повысил ключевую ставку до 16%",
            (
                "Совет директоров Банка России принял решение повысить ключевую ставку на 100 "
                "базисных пунктов, до 16,00% годовых."
            ),
        ),
        (
            "Банк России снизил ключевую ставку до 16%",
            (
                "Совет директоров Банка России принял решение снизить ключевую ставку на 100 "
                "базисных пунктов, до 16,00% годовых."
            ),
        ),
    ),
    (
        "japanese",
        (
            "東京の新規感染者は123人",
            "東京都は23日、新たに123人の感染を確認したと発表した。前の週の同じ曜日と比べて増えた。",
        ),
        (
            "大阪の新規感染者は123人",
            "大阪府は23日、新たに123人の感染を確認したと発表した。前の週の同じ曜日と比べて増えた。",
        ),
    ),
    (
        "japanese title",
        ("日経平均終値、前日比320円高の3万8120円", ""),
        ("日経平均終値、前日比320円安の3万8120円", ""),
    ),
    (
        "korean",
        (
            "한국은행 기준금리 인상 결정",
            "한국은행 금융통화위원회는 23일 기준금리를 연 3.25%로 인상하기로 결정했다.",
        ),
        (
            "한국은행 기준금리 인하 결정",
            "한국은행 금융통화위원회는 23일 기준금리를 연 3.25%로 인하하기로 결정했다.",
        ),
    ),
    (
        "obit",
        ("Actor John Smith dies aged 84 after a short illness", ""),
        ("Actor John Smythe dies aged 84 after a short illness", ""),
    ),
    (
        "insert",
        ("President will sign the trade bill on Friday, aides say", ""),
        ("President will not sign the trade bill on Friday, aides say", ""),
    ),
    (
        "insert2",
        ("Officials approve plan for new airport runway despite protests", ""),
        ("Officials approve plan for second new airport runway despite protests", ""),
    ),
    (
        "insert3",
        ("Company confirms data breach affecting customers in several countries", ""),
        ("Company confirms data breach affecting former customers in several countries", ""),
    ),
    (
        "zh week",
        ("一周财经要闻回顾", ""),
        ("一周财经要闻回顾", ""),
    ),
    (
        "morning brief",
        ("Morning briefing: what you need to know today", ""),
        ("Morning briefing: what you need to know today", ""),
    ),
]

COPIES = [
    (
        "ap",
        (
            "Fire destroys historic mill in river town",
            (
                "MILLTOWN (AP) — A fire destroyed a 19th-century mill on Saturday night. "
                "Firefighters from six towns fought the blaze for nine hours; nobody was hurt. "
                "The cause is being investigated."
            ),
        ),
        (
            "Fire destroys historic mill in river town - ABC News",
            (
                "A fire destroyed a 19th-century mill on Saturday night. Firefighters from six "
                "towns fought the blaze for nine hours; nobody was hurt. The cause is being "
                "investigated."
            ),
        ),
    ),
    (
        "retitle",
        (
            "Historic mill burns down after nine-hour fire",
            (
                "A fire destroyed a 19th-century mill on Saturday night. Firefighters from six "
                "towns fought the blaze for nine hours; nobody was hurt. The cause is being "
                "investigated."
            ),
        ),
        (
            "Fire destroys historic mill in river town",
            (
                "A fire destroyed a 19th-century mill on Saturday night. Firefighters from six "
                "towns fought the blaze for nine hours; nobody was hurt. The cause is being "
                "investigated."
            ),
        ),
    ),
    (
        "german",
        (
            "Kieler Hafen meldet Rekord bei Kreuzfahrten",
            (
                "Der Hafen hat im laufenden Jahr so viele Kreuzfahrtschiffe abgefertigt wie nie "
                "zuvor. Insgesamt machten 241 Schiffe fest, teilte die Gesellschaft mit."
            ),
        ),
        (
            "Kieler Hafen meldet Rekord bei Kreuzfahrten | NDR",
            (
                "KIEL (dpa) - Der Hafen hat im laufenden Jahr so viele Kreuzfahrtschiffe "
                "abgefertigt wie nie zuvor. Insgesamt machten 241 Schiffe fest, teilte die "
                "Gesellschaft mit."
            ),
        ),
    ),
    (
        "russian",
        (
            "Банк России повысил ключевую ставку до 16%",
            (
                "Совет директоров Банка России принял решение повысить ключевую ставку на 100 "
                "базисных пунктов, до 16,00% годовых."
            ),
        ),
        (
            "Банк России повысил ключевую ставку до 16%",
            (
                "МОСКВА, 23 ноя - РИА Новости. Совет директоров Банка России принял решение "
                "повысить ключевую ставку на 100 базисных пунктов, до 16,00% годовых."
            ),
        ),
    ),
    (
        "japanese",
        (
            "東京の新規感染者は123人",
            "東京都は23日、新たに123人の感染を確認したと発表した。前の週の同じ曜日と比べて増えた。",
        ),
        (
            "東京の新規感染者は１２３人",
            "\u3000東京都は２３日、新たに１２３人の感染を確認したと発表した。前の週の同じ曜日と比べて増えた。（共同）",
        ),
    ),
]

Text = tuple[str, str]


@pytest.mark.parametrize(("name", "one", "other"), MOULDS)
def test_moulds_stay_apart(name: str, one: Text, other: Text) -> None:
    """Another town, version, guest or direction in the same words is another story."""
    assert not isinstance(judge(entry("b", *other, key="2"), entry("a", *one, key="1")), Join), name
    assert not isinstance(judge(entry("b", *one, key="1"), entry("a", *other, key="2")), Join), name


@pytest.mark.parametrize(("name", "one", "other"), COPIES)
def test_copies_of_an_agency_join(name: str, one: Text, other: Text) -> None:
    """A dateline, a source's name and another headline make no other story."""
    assert isinstance(judge(entry("b", *other, key="2"), entry("a", *one, key="1")), Join), name
    assert isinstance(judge(entry("b", *one, key="1"), entry("a", *other, key="2")), Join), name
