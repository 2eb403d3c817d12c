"""What the generator does to strings before they are published."""

from __future__ import annotations

import pytest

from feedhub.generator import text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("plain", "plain"),
        ("a\x00b\x08c\x1bd", "abcd"),
        ("tab\tline\nreturn\r", "tab\tline\nreturn\r"),
        ("lone \ud83d surrogate \udc00", "lone  surrogate "),
        ("\ufffe\uffff\ufffd", "\ufffd"),
        ("😀 𠮷 ünï", "😀 𠮷 ünï"),
    ],
)
def test_legal(given: str, expected: str) -> None:
    """Only characters that XML 1.0 allows remain."""
    assert text.legal(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", ""),
        ("no markup,  two  spaces", "no markup, two spaces"),
        ("<p>one</p><p>two</p>", "one two"),
        ("<p><b>H</b>ello &amp; &lt;b&gt;</p>", "Hello & <b>"),
        ("<ul><li>1</li><li>2</li></ul>after<br>break", "1 2 after break"),
        ("text <!-- note --> more", "text more"),
        ("<!-- only a note -->", ""),
        ("cut <a href='https://x.exam", "cut"),
        ("a < b", "a < b"),
        ("\x00<p>\x01</p>", ""),
    ],
)
def test_plain(given: str, expected: str) -> None:
    """HTML becomes the text a reader sees, blocks apart and inline elements together."""
    assert text.plain(given) == expected


@pytest.mark.parametrize(
    ("given", "limit", "expected"),
    [
        ("short", 10, "short"),
        ("exactly te", 10, "exactly te"),
        ("one two three four", 12, "one two…"),
        ("一二三四五六七八九十一二", 8, "一二三四五六七…"),
        ("a verylongwordwithoutend", 10, "a verylon…"),
        ("one, two, three", 10, "one, two…"),
    ],
)
def test_excerpt(given: str, limit: int, expected: str) -> None:
    """An excerpt is never longer than its limit, and ends at a word where there are words."""
    assert text.excerpt(given, limit) == expected
    assert len(text.excerpt(given, limit)) <= limit


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://one.example/a?b=1&c=%20#d", "https://one.example/a?b=1&c=%20#d"),
        ("http://127.0.0.1:8000/x", "http://127.0.0.1:8000/x"),
        ("http://[2001:db8::1]:8000/x", "http://[2001:db8::1]:8000/x"),
        ("https://user:secret@one.example/feed", "https://one.example/feed"),
        (
            "https://one.example/新闻 一.html?q=ü",
            "https://one.example/%E6%96%B0%E9%97%BB%20%E4%B8%80.html?q=%C3%BC",
        ),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://ONE.example/Path", "https://one.example/Path"),
        ("https://one.example/100%", "https://one.example/100%25"),
        ('https://one.example/"><script>', "https://one.example/%22%3E%3Cscript%3E"),
        ("https://one.example/a#b#c", "https://one.example/a#b%23c"),
        ("https://one.example/\x00\ud800x", "https://one.example/x"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("//one.example/x", ""),
        ("/relative", ""),
        ("https://", ""),
        ("https://one.example:port/", ""),
        ("https://one.example:65535/", "https://one.example:65535/"),
        ("https://one.example:65536/", ""),
        ("https://[::1/", ""),
        ("https://a b/", ""),
        ("", ""),
    ],
)
def test_address(given: str, expected: str) -> None:
    """An address is an absolute http(s) URI without credentials, or nothing; and is its own address."""
    assert text.address(given) == expected
    assert text.address(expected) == expected


@pytest.mark.parametrize(
    ("declared", "url", "expected"),
    [
        ("audio/mpeg", "https://x.example/a", "audio/mpeg"),
        ("Audio/MPEG; x=y", "https://x.example/a", "audio/mpeg"),
        ("", "https://x.example/a.MP3?x=1.png", "audio/mpeg"),
        ("mp3", "https://x.example/a.m4a", "audio/mp4"),
        ("", "https://x.example/a.unknown", "application/octet-stream"),
        ('"><x', "https://x.example/", "application/octet-stream"),
    ],
)
def test_media_type(declared: str, url: str, expected: str) -> None:
    """A file always has a media type of valid form."""
    assert text.media_type(declared, url) == expected


@pytest.mark.parametrize(
    ("given", "expected"), [("de", "de"), ("zh_CN", "zh-CN"), ("en-US", "en-US"), ("English!", ""), ("", "")]
)
def test_language(given: str, expected: str) -> None:
    """A language tag has the form of one or is left out."""
    assert text.language(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a@b.example", "a@b.example"),
        (" a.b+c@d-e.example ", "a.b+c@d-e.example"),
        ("nobody", ""),
        ("a@localhost", ""),
        ("a b@c.example", ""),
        ("a@b.example\n", "a@b.example"),
    ],
)
def test_email(given: str, expected: str) -> None:
    """An e-mail address has the form of one or is left out."""
    assert text.email(given) == expected
