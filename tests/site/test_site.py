"""The built pages in a real browser, as a reader meets them.

Needs `_build/html` (make book) and a Chromium; without either the tests are skipped.
"""

import re
import shutil
import threading
from collections.abc import Iterator
from functools import cache, partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urljoin, urlsplit

import pytest
import yaml
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
PAGES = [TOC["root"]] + [
    chapter["file"] for part in TOC["parts"] for chapter in part["chapters"]
]
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
# Without these Chromium itself calls home, or asks for what a container lacks.
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

pytestmark = pytest.mark.skipif(
    not (HTML / f"{TOC['root']}.html").exists(), reason="no _build/html: run make book"
)


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address at which the pages are served."""
    handler = partial(QuietHandler, directory=HTML)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = next(filter(None, map(shutil.which, names)), None)
    if chromium is None:
        pytest.skip("no Chromium found: install the package `chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """An open page, and the list of what went wrong on it."""

    def __init__(self, page: Page, site: str):
        self.page, self.site, self.faults = page, site, []
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("request", self._on_request)
        page.on("requestfailed", lambda r: self.faults.append(f"failed: {r.url}"))
        page.on("response", self._on_response)

    def _on_console(self, message) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"console: {message.text}")

    def _on_request(self, request) -> None:
        if not request.url.startswith((self.site, "data:", "blob:")):
            self.faults.append(f"asked another server: {request.url}")

    def _on_response(self, response) -> None:
        if response.status >= 400:
            self.faults.append(f"{response.status}: {response.url}")

    def open(
        self, path: str, until: Literal["load", "networkidle"] = "networkidle"
    ) -> Page:
        self.page.goto(f"{self.site}/{path}", wait_until=until)
        self.page.evaluate("window.MathJax?.startup?.promise")
        return self.page


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One reader, whose browser need not load fonts and scripts on every page."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def visit(context: BrowserContext, site: str) -> Iterator[Visit]:
    """A visit, with nothing chosen before."""
    page = context.new_page()
    page.set_viewport_size(DESKTOP)
    yield Visit(page, site)
    page.evaluate("localStorage.clear()")
    page.close()


@pytest.mark.parametrize("name", [*PAGES, "search"])
def test_page_is_whole(visit: Visit, name: str):
    page = visit.open(f"{name}.html")
    assert visit.faults == []
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= size["width"], "the page scrolls sideways"
    assert images_without(page) == []
    assert untypeset_maths(page) == []


def images_without(page: Page) -> list[str]:
    """Pictures of the article that did not load, or that have no words."""
    return page.evaluate(
        """[...document.querySelectorAll(".bd-article img")]
            .filter(img => !img.alt.trim() || !img.naturalWidth).map(img => img.src)"""
    )


def untypeset_maths(page: Page) -> list[str]:
    """Formulas that MathJax left alone or did not understand, and missing fonts."""
    return page.evaluate(
        """[
            ...[...document.querySelectorAll(".math")]
                .filter(m => !m.querySelector("mjx-container")),
            ...document.querySelectorAll("mjx-merror, mjx-mtext[style*='red']"),
            ...[...document.fonts].filter(f => f.status === "error"),
        ].map(fault => fault.outerHTML ?? fault.family)"""
    )


def test_maths_has_its_own_font(visit: Visit):
    page = visit.open("book/notation.html")
    assert page.locator("mjx-container").count() > 10
    loaded = "[...document.fonts].filter(f => f.status == 'loaded').map(f => f.family)"
    assert any("MJX" in family for family in page.evaluate(loaded))


def test_reader_can_choose_the_dark(visit: Visit):
    page = visit.open(f"{PAGES[0]}.html")
    ground = "getComputedStyle(document.body).backgroundColor"
    seen = {}
    for _ in ("auto", "light", "dark"):
        page.locator(".bd-header-article .theme-switch-button").click()
        seen[page.locator("html").get_attribute("data-mode")] = page.evaluate(ground)
    assert set(seen) == {"auto", "light", "dark"}
    assert seen["light"] != seen["dark"]


def test_drawings_turn_over_in_the_dark(visit: Visit):
    visit.page.emulate_media(color_scheme="dark")
    page = visit.open(f"{PAGES[1]}.html")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    styles = page.evaluate(
        """[...document.querySelectorAll(".bd-article img[src$='.svg']")]
            .map(img => getComputedStyle(img))
            .map(style => [style.filter, style.backgroundColor])"""
    )
    assert styles
    for filter_, ground in styles:
        assert filter_.startswith("invert")
        assert ground == "rgba(0, 0, 0, 0)"


@pytest.mark.parametrize("name", PAGES)
def test_search_finds_page_by_its_title(visit: Visit, name: str):
    title = re.search(r"<h1>(.*?)<a ", (HTML / f"{name}.html").read_text("utf-8"))[1]
    page = visit.open(f"search.html?q={title}", until="load")
    hits = page.locator("#search-results ul.search li a")
    expect(hits.first).to_be_visible()
    found = [urlsplit(hit.get_attribute("href")).path for hit in hits.all()]
    assert f"{name}.html" in found
    assert visit.faults == []


# Links need no browser ---------------------------------------------------------------


class Links(HTMLParser):
    """The addresses that a page points to, and the places in it to point at."""

    def __init__(self, path: Path):
        super().__init__()
        self.targets: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.targets.add(value)
            elif name == "id" and value:
                self.anchors.add(value)


links = cache(Links)


@pytest.mark.parametrize("name", [*PAGES, "search", "index"])
def test_links_lead_somewhere(name: str):
    broken = [target for target in links(HTML / f"{name}.html").targets
              if not leads_somewhere(name, target)]  # fmt: skip
    assert broken == []


def leads_somewhere(name: str, target: str) -> bool:
    parts = urlsplit(urljoin(f"/{name}.html", target))
    if parts.scheme or parts.netloc:
        return True  # another site's affair
    path = HTML / unquote(parts.path).lstrip("/")
    if not path.is_file():
        return False
    anchor = unquote(parts.fragment)
    return not anchor or path.suffix != ".html" or anchor in links(path).anchors


def test_the_slider_shows_the_last_wave(visit: Visit):
    page = visit.open("chapters/07_parallelism/index.html")
    expect(page.locator("#waves rect.busy")).to_have_count(25)  # 13 * 13 - 144
    page.get_by_label("Rows and columns of the result").fill("0")
    expect(page.locator("#waves-told")).to_have_text("512")
    expect(page.locator("#waves rect.busy")).to_have_count(16)
    expect(page.locator("#waves-text")).to_contain_text("16 tiles of 128 by 128")
    assert visit.faults == []


def test_the_cluster_shows_what_more_gpus_do(visit: Visit):
    page = visit.open("chapters/07_parallelism/index.html")
    rows = page.locator("#cluster tbody tr")
    expect(rows).to_have_count(5)
    page.get_by_label("Llama 3.1 405B").check()
    page.get_by_label("GPUs:").fill("12")
    expect(page.locator("#cluster-told")).to_have_text("4,096")
    expect(rows.first.locator("td").first).to_have_text("–")  # 1,024 texts
    expect(rows.last.locator("td").last).to_contain_text("GB")
    page.get_by_label("GPUs:").fill("0")
    expect(page.locator("#cluster tbody tr.not")).to_have_count(5)
    expect(rows.first.locator("td").last).to_contain_text("too much")
    assert visit.faults == []
