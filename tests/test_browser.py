"""The pages in a real browser: what it says, asks for and shows, in light and dark, on desk and phone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from feedhub.model import Catalogue
from feedhub.pages import Pages, Shelf, story_path
from tests.sample_site import CONTENT_STORY, FEEDS, NOW, OUTPUTS, Choice, make_app, sample_store, serving
from tests.sample_stories import SITE

sync_api = pytest.importorskip(
    "playwright.sync_api", reason="playwright is absent: no page was seen in a browser"
)

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CATALOGUE = Catalogue(site=SITE, feeds=FEEDS, categories={}, outputs=OUTPUTS)
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
PAGES = {
    "front": "/",
    "output": "/all.html",
    "day": "/all/2026-03-05.html",
    "story": f"/{story_path(CONTENT_STORY.id)}",
    "search": "/search?q=Post",
    "status": "/status.html",
    "subscribe": "/tag/python.atom",
    "nothing": "/nothing/here",
}
pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"{CHROMIUM} is absent: no page was seen in a browser"
)


class Tab:
    """A page in the browser, with what went wrong in it and what it asked for from elsewhere."""

    def __init__(self, context: Any, base: str) -> None:
        self.page = context.new_page()
        self.base = base
        self.faults: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on(
            "dialog", lambda dialog: (self.faults.append(f"ran: {dialog.message}"), dialog.dismiss())
        )
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)

    def show(self, path: str, *, dark: bool = False, size: dict[str, int] = DESK) -> None:
        """Open a page in a colour scheme and size."""
        self.page.set_viewport_size(size)
        self.page.emulate_media(color_scheme="dark" if dark else "light")
        self.page.goto(self.base + path)

    def too_wide(self) -> bool:
        """Say whether the page must be scrolled sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))

    def beside(self) -> list[str]:
        """Return the parts of the page that do not stand at its edge, each below the one before it."""
        found: list[str] = self.page.evaluate(
            """() => {
                const edge = document.querySelector(".brand").getBoundingClientRect();
                const parts = [...document.querySelectorAll("main > *")].filter(part => part.offsetHeight);
                const boxes = [edge, ...parts.map(part => part.getBoundingClientRect())];
                const beside = (box, i) => box.left != edge.left || box.top < boxes[i].bottom;
                return parts.filter((part, i) => beside(boxes[i + 1], i)).map(part => part.className);
            }"""
        )
        return found

    def hardships(self, rules: list[str] | None = None) -> list[str]:
        """Return what axe-core finds that is serious for somebody, by rules or all that make WCAG AA."""
        kinds = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": WCAG}
        found = self.page.evaluate(f"axe.run(document, {json.dumps({'runOnly': kinds, 'preload': False})})")
        return [
            f"{fault['id']}: {fault['nodes'][0]['html']}"
            for fault in found["violations"]
            if fault["impact"] in ("serious", "critical")
        ]

    def _heard(self, message: Any) -> None:
        # A page that is not there is told to the console as a failed request.
        if message.type in ("error", "warning") and "404" not in message.text:
            self.faults.append(message.text)

    def _answered(self, response: Any) -> None:
        if response.status >= 400 and response.request.resource_type != "document":
            self.faults.append(f"{response.status}: {response.url}")

    def _interrupted(self, dialog: Any) -> None:
        self.faults.append(f"ran: {dialog.message}")
        dialog.dismiss()

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.base, "data:")):
            self.faults.append(f"asked {request.url}")


WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """The address of a running server."""
    with serving(make_app(sample_store())) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One browser for all."""
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def context(browser: Any) -> Any:
    opened = browser.new_context()
    opened.set_default_timeout(10_000)
    opened.add_init_script(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    return opened


@pytest.fixture
def tab(context: Any, base: str) -> Iterator[Tab]:
    """An empty tab, which must end without a fault."""
    opened = Tab(context, base)
    yield opened
    opened.page.close()
    assert opened.faults == []


@pytest.mark.parametrize("name", PAGES)
def test_page_is_for_everybody(tab: Tab, name: str) -> None:
    """A page has no serious fault for people who see, hear or move differently, fits a phone and a desk in
    light and dark with its parts one below the other, says nothing to the console, runs nothing of a feed's
    and asks no other server."""
    tab.show(PAGES[name])
    assert tab.hardships() == []
    assert not tab.too_wide()
    assert tab.beside() == []
    tab.show(PAGES[name], dark=True, size=PHONE)
    assert tab.hardships(["color-contrast", "scrollable-region-focusable", "target-size"]) == []
    assert not tab.too_wide()
    assert tab.page.evaluate("document.title").strip()


def test_subscribe_by_copy(context: Any, tab: Tab) -> None:
    """The copy button beside a feed puts its whole address where a reader takes it from, and says so."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.show("/")
    button = tab.page.get_by_role("button", name="Copy the address of the feed of Python")
    button.click()
    sync_api.expect(
        tab.page.get_by_role("button", name="Copied the address of the feed of Python")
    ).to_be_visible()
    assert tab.page.evaluate("navigator.clipboard.readText()") == f"{tab.base}/tag/python.atom"


def test_subscribe_page_in_use(context: Any, tab: Tab) -> None:
    """A click on a feed leads to its page; the address there is the one that was opened, and the code appears
    when it is asked for."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.show("/tag/python.html")
    tab.page.get_by_role("link", name="RSS feed of Python").click()
    assert tab.page.get_by_role("textbox").input_value() == f"{tab.base}/tag/python.rss"
    tab.page.get_by_role("button", name="Copy").click()
    assert tab.page.evaluate("navigator.clipboard.readText()") == f"{tab.base}/tag/python.rss"
    tab.page.get_by_text("Scan it with a phone").click()
    code = tab.page.get_by_alt_text("QR code of the feed's address")
    sync_api.expect(code).to_be_visible()
    tab.page.wait_for_function("document.querySelector('.qr').naturalWidth > 0")


def test_search_and_read(tab: Tab) -> None:
    """By keyboard alone: search from an output's page, open what was found, go on to its category."""
    tab.show("/all.html")
    tab.page.keyboard.press("Tab")
    assert tab.page.evaluate("document.activeElement.textContent") == "Skip to the content"
    tab.page.get_by_role("searchbox").focus()
    tab.page.keyboard.type("央行")
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url("**/search?q=*")
    tab.page.get_by_role("link", name="央行宣布下调存款准备金率").focus()
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url("**/story/*.html")
    assert tab.page.locator("h1").get_attribute("lang") == "zh-CN"
    assert tab.page.locator("link[rel=canonical]").get_attribute("href").startswith("https://one.example/")
    tab.page.get_by_role("navigation", name="Back").get_by_role("link").first.click()
    assert tab.page.locator("h1").is_visible()


def test_read_without_script(browser: Any, base: str) -> None:
    """Without JavaScript everything is there to read, and what would not work is not shown."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for path in PAGES.values():
        page.goto(base + path)
        assert page.locator("h1").is_visible()
        assert page.locator("button[data-copy]:visible").count() == 0
    page.goto(base + PAGES["subscribe"])
    assert page.get_by_role("textbox").input_value() == "https://feeds.example.org/tag/python.atom"
    context.close()


@pytest.fixture(scope="module")
def static_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of pages as files, under a path that is not the one they were made for."""
    folder = tmp_path_factory.mktemp("host")
    store, pages = sample_store(), Pages("1.0", live=False)
    shelf = Shelf(store, CATALOGUE, Choice(store), lambda: NOW)
    listed = shelf.outputs["all"]
    view = shelf.story(CONTENT_STORY.id)
    assert view is not None
    files = {
        "index.html": pages.front(SITE, shelf.outputs.values(), shelf.card),
        "all.html": pages.output(SITE, listed, shelf.newest(listed), "all.html", shelf.tag_pages),
        view.line.page: pages.story(SITE, view, shelf.tag_pages),
    }
    for name in pages.theme.static_names():
        files[f"static/{name}"] = pages.theme.static(name).body.decode()
    for path, body in files.items():
        file = folder / "some" / "where" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(body, encoding="utf-8")
    handler = partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/some/where"
        server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, *args: object) -> None:
        pass


@pytest.mark.parametrize("path", ["/", "/all.html", PAGES["story"]])
def test_static_site_is_the_same(context: Any, static_site: str, path: str) -> None:
    """As files, under any path, the pages ask for nothing that is not there, and their buttons work."""
    tab = Tab(context, static_site)
    tab.show(path, size=PHONE)
    assert tab.hardships() == []
    assert not tab.too_wide()
    if path == "/all.html":
        assert tab.page.locator("button[data-copy]").first.is_visible()
        tab.page.get_by_text("Scan it with a phone").click()
        assert tab.page.locator(".scan svg").is_visible()
    tab.page.close()
    assert tab.faults == []


def test_hostile_story_changes_its_own_text_alone(tab: Tab) -> None:
    """A story of scripts, styles and turned text leaves the page round it where it is."""
    tab.show(PAGES["story"])
    assert tab.page.evaluate("window.ran") is None
    frame = tab.page.locator("article.h-entry").bounding_box()
    for box in (element.bounding_box() for element in tab.page.locator(".content > *").all()):
        assert frame["x"] - 1 <= box["x"] <= box["x"] + box["width"] <= frame["x"] + frame["width"] + 1
    direction = "getComputedStyle(document.querySelector('.sources')).direction"
    assert tab.page.evaluate(direction) == "ltr"
