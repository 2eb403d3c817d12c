"""Charsets and repairs: a small feed in every state, and the title that comes out of it."""

from __future__ import annotations

import codecs

import pytest

from feedhub.errors import ParseError
from feedhub.parser import discover, parse

CHINESE = "央行下调存款准备金率，市场反应积极，这是一个中国人民生活的时代"
JAPANESE = "日本語のタイトルをここに書いています、よろしくお願いします"
KOREAN = "한국어 제목을 여기에 씁니다 그리고 우리는 뉴스를 읽습니다"
RUSSIAN = "Центральный банк снизил ставку, рынок отреагировал"
DANISH = "Sønderjyske slår København på græs, mens Århus går efter flere mål i næste sæson " * 3
GREEK = "Η κυβέρνηση ανακοίνωσε νέα μέτρα για την οικονομία"
HEBREW = "הממשלה הודיעה על צעדים חדשים לכלכלה"
ARABIC = "أعلنت الحكومة عن إجراءات جديدة في الاقتصاد"
THAI = "รัฐบาลประกาศมาตรการใหม่ทางเศรษฐกิจ"
POLISH = "Łódź: święto żółtych róż"
WESTERN = "Café — “naïve” façade…"


def feed(title: str, declaration: str = "") -> str:
    """Return an RSS feed of one item."""
    return (
        f"{declaration}<rss version='2.0'><channel><title>t</title>"
        f"<item><title>{title}</title></item></channel></rss>"
    )


def declared(name: str) -> str:
    return f'<?xml version="1.0" encoding="{name}"?>'


CHARSETS = [
    (CHINESE, "gb18030", "gb2312", None),
    (CHINESE, "gb18030", "gbk", None),
    (CHINESE, "gb18030", "", "text/xml; charset=GB2312"),
    (CHINESE, "gb18030", "", "text/xml"),
    (CHINESE, "gb18030", "utf-8", "application/xml"),
    (CHINESE, "gb18030", "gb2312", "text/xml; charset=ISO-8859-1"),
    (CHINESE, "utf-8", "gb2312", None),
    (CHINESE, "utf-8", "utf-16", None),
    ("香港嘅新聞標題咁樣寫", "big5hkscs", "big5", None),
    (JAPANESE, "cp932", "Shift_JIS", None),
    (JAPANESE, "euc_jp", "EUC-JP", None),
    (JAPANESE, "iso2022_jp", "ISO-2022-JP", None),
    (JAPANESE, "cp932", "", None),
    (JAPANESE, "euc_jp", "", None),
    (KOREAN, "cp949", "ks_c_5601-1987", None),
    (KOREAN, "cp949", "", None),
    (RUSSIAN, "koi8-r", "koi8-r", None),
    (RUSSIAN, "cp1251", "windows-1251", None),
    (RUSSIAN, "cp1251", "", None),
    (RUSSIAN, "koi8-r", "", None),
    (CHINESE * 3, "gb18030", "ISO-8859-1", None),
    (JAPANESE * 3, "cp932", "ISO-8859-1", None),
    (JAPANESE * 3, "euc_jp", "", "text/xml; charset=ISO-8859-1"),
    (KOREAN * 4, "cp949", "windows-1252", None),
    (RUSSIAN, "cp1251", "ISO-8859-1", None),
    (JAPANESE, "iso2022_jp", "", None),
    (JAPANESE, "iso2022_jp", "utf-8", None),
    (DANISH.strip(), "cp1252", "ISO-8859-1", None),
    (DANISH.strip(), "cp1252", "", None),
    ("The week’s ‘best’ books", "cp1252", "", None),
    ("The week’s ‘best’ books", "cp1252", "ISO-8859-1", None),
    (GREEK, "cp1253", "", None),
    (GREEK, "cp1253", "ISO-8859-1", None),
    (HEBREW, "cp1255", "", None),
    (ARABIC, "cp1256", "", None),
    (ARABIC, "cp1256", "ISO-8859-1", None),
    (THAI, "cp874", "", None),
    (WESTERN, "cp1252", "ISO-8859-1", None),
    (WESTERN, "cp1252", "", None),
    (WESTERN, "cp1252", "us-ascii", None),
    (WESTERN, "utf-8", "no-such-charset", None),
    (WESTERN, "utf-8", "iso-8859-1", "text/xml; charset=latin1"),
    (WESTERN, "utf-16", "", None),
    (WESTERN, "utf-16-le", "utf-16", None),
    (WESTERN, "utf-16-be", "utf-8", None),
    (WESTERN, "utf-32", "", None),
    (WESTERN, "utf-8-sig", "utf-16", None),
]


@pytest.mark.parametrize(("title", "codec", "said", "content_type"), CHARSETS)
def test_a_title_survives_its_charset(title: str, codec: str, said: str, content_type: str | None) -> None:
    """Whatever is declared, or nothing, the text is what was written."""
    body = feed(title, declared(said) if said else "").encode(codec)
    assert parse(body, content_type).entries[0].title == title


def test_a_language_says_what_a_default_charset_cannot() -> None:
    """Polish declared as latin-1 is in windows-1250."""
    body = feed(POLISH, declared("ISO-8859-1")).replace("<title>t<", "<language>pl</language><title>t<")
    assert parse(body.encode("cp1250")).entries[0].title == POLISH


def test_the_feeds_own_setting_outranks_all() -> None:
    """An `encoding` given by the configuration is used whatever the document says."""
    body = feed("Ελληνικά", declared("utf-8")).encode("iso8859-7")
    assert parse(body, "text/xml; charset=big5", encoding="iso-8859-7").entries[0].title == "Ελληνικά"


@pytest.mark.parametrize(
    "name", ["zip", "rot13", "idna", "hex", "undefined", "unicode_escape", "x" * 200, "\0"]
)
def test_a_codec_that_is_no_charset_is_not_used(name: str) -> None:
    """Python's own transformations cannot be reached by name."""
    body = feed(WESTERN).encode()
    assert parse(body, f"text/xml; charset={name}", encoding=name).entries[0].title == WESTERN


def test_one_bad_byte_costs_one_character() -> None:
    """A stray byte in UTF-8 spoils nothing beside itself, and is told of."""
    body = feed("中文标题 X 中文标题").encode().replace(b"X", b"\xff")
    result = parse(body)
    assert result.entries[0].title == "中文标题 \ufffd 中文标题"
    assert any("not UTF-8" in warning for warning in result.warnings)


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("O2 Telefónica", "O2 Telefónica"),
        ("„supermerkwürdig“ – heise", "„supermerkwürdig“ – heise"),
        ("Яндекс", "Яндекс"),
        ("中文标题", "中文标题"),
    ],
)
def test_double_encoding_is_undone(written: str, title: str) -> None:
    """UTF-8 read as windows-1252 and encoded again is read back."""
    spoilt = "".join(
        bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in written.encode("utf-8")
    )
    assert parse(feed(spoilt).encode()).entries[0].title == title


@pytest.mark.parametrize("title", ["CAFÉ’S", "Ã", "É“", "naïve", "MAÇÃS", "D’ÊTRE", "«Ñ»"])
def test_what_only_looks_double_encoded_stays(title: str) -> None:
    """Capital letters before quotation marks are no accident."""
    assert parse(feed(title).encode()).entries[0].title == title


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("a\x00b\x08c", "abc"),
        ("a&#0;b&#xD800;c&#xFFFF;d", "abcd"),
        ("caf&eacute;&nbsp;&hellip;", "café\xa0…"),
        ("R&D &amp; more & more", "R&D & more & more"),
        ("1 < 2", "1 < 2"),
        ("&undefined;", "&undefined;"),
        ("<![CDATA[a & b &eacute;]]>", "a & b &eacute;"),
        ("it&#146;s", "it’s"),
        ("\ufffe\uffffx", "x"),
    ],
)
def test_what_xml_forbids_is_repaired(written: str, title: str) -> None:
    """Control characters go, stray characters become text, HTML's names become characters."""
    assert parse(feed(written).encode()).entries[0].title == title


def test_junk_round_the_root_is_left_out() -> None:
    """A message before the declaration, blank lines, and anything after the end do no harm."""
    whole = feed("x", declared("utf-8")).encode()
    for body in (
        b"<br />\n<b>Warning</b>: php\n" + whole,
        b"\n \n" + whole,
        whole + b"<!-- 3 ms --> </body>",
    ):
        assert len(parse(body).entries) == 1
        assert not parse(body).partial


def test_undeclared_prefixes_are_known_by_name() -> None:
    """itunes:, media: and the like without a declaration mean what they always mean."""
    body = feed("x").replace("</item>", "<itunes:duration>1:00</itunes:duration><x:y/></item>")
    podcast = parse(body.encode()).entries[0].podcast
    assert podcast is not None
    assert podcast.duration_s == 60


def test_a_cut_document_gives_what_stood_before_the_cut() -> None:
    """Cut anywhere, the whole items are there, in order, and the document is marked partial."""
    items = "".join(f"<item><title>题{n}</title><guid>{n}</guid></item>" for n in range(5))
    whole = f"<rss version='2.0'><channel><title>t</title>{items}</channel></rss>".encode()
    for cut in range(whole.index(b"<item>"), len(whole) - len(b"</rss>")):
        result = parse(whole[:cut])
        complete = whole[:cut].count(b"</item>")
        assert [entry.id for entry in result.entries] == [str(n) for n in range(complete)], cut
        assert result.partial, cut


def test_a_cut_atom_feed_is_partial_too() -> None:
    """So it is with Atom, where entries stand in the root."""
    body = b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id></entry><entry><id>2</id><tit"
    result = parse(body)
    assert ([entry.id for entry in result.entries], result.partial) == (["1"], True)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t\0", "empty"),
        (codecs.BOM_UTF8, "empty"),
        (b"hello", "not-a-feed"),
        (b"<opml version='2.0'><body/></opml>", "not-a-feed"),
        (b"<urlset/>", "not-a-feed"),
        (b"{}", "not-a-feed"),
        (b"[1]", "not-a-feed"),
        (b'{"items": [{"name": 1}]}', "not-a-feed"),
        (b'{"version": ', "malformed"),
        (b"<!DOCTYPE html><html><body>moved</body></html>", "html"),
        (b"<?xml version='1.0'?>\n<!-- x -->\n<html xmlns='http://www.w3.org/1999/xhtml'/>", "html"),
    ],
)
def test_what_is_no_feed_says_so(body: bytes, reason: str) -> None:
    """Every refusal has its reason."""
    with pytest.raises(ParseError) as refused:
        parse(body)
    assert refused.value.reason == reason


PAGE = b"""<!doctype html><html><head><base href="/blog/">
<link rel="alternate" type="application/rss+xml" title="All" href="feed.xml">
<link rel="ALTERNATE" type="application/atom+xml; charset=utf-8" href="https://other.example/atom">
<link rel="alternate" type="application/rss+xml" href="feed.xml">
<link rel="alternate" hreflang="de" href="/de">
<link rel="alternate" type="application/feed+json" href="javascript:alert(1)"><link rel=stylesheet href=x>"""


def test_a_page_names_its_feeds() -> None:
    """Links to feeds are absolute, each once, in the page's order, and http(s) alone."""
    found = discover(PAGE, "text/html", "https://page.example/a/b")
    assert [link.url for link in found] == [
        "https://page.example/blog/feed.xml",
        "https://other.example/atom",
    ]
    assert found[0].title == "All"
    with pytest.raises(ParseError, match=r"https://page\.example/blog/feed\.xml"):
        parse(PAGE, "text/html", "https://page.example/a/b")
    assert discover(b"no page at all") == ()
