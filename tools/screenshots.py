"""Photograph every page of the built book, light and dark, on a desk and a phone.

    .venv/bin/python tools/screenshots.py [PAGE ...]

A page is named as in _toc.yml; without names all are taken. The pictures lie in
_build/screenshots, cut into pieces that can be looked at one by one.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
HTML, OUT = ROOT / "_build" / "html", ROOT / "_build" / "screenshots"
SIZES = {"desktop": (1280, 1000), "phone": (390, 1000)}
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run"]
PIECE = 2400


def pages_in(toc: dict | list) -> Iterator[str]:
    """Every `file:` and `root:` in the table of contents, in order."""
    if isinstance(toc, list):
        for part in toc:
            yield from pages_in(part)
    elif isinstance(toc, dict):
        yield from (toc[key] for key in ("root", "file") if key in toc)
        for part in toc.values():
            yield from pages_in(part) if isinstance(part, dict | list) else ()


def photograph(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.evaluate("window.MathJax?.startup?.promise")
    height = page.evaluate("document.documentElement.scrollHeight")
    width = page.viewport_size["width"]
    # Grow the window instead of scrolling: what is sticky would be in every piece.
    page.set_viewport_size({"width": width, "height": height})
    for i, top in enumerate(range(0, height, PIECE)):
        clip = {"x": 0, "y": top, "width": width, "height": min(PIECE, height - top)}
        page.screenshot(path=OUT / f"{name}-{i}.png", clip=clip)


def photograph_all(browser: Browser, names: list[str]) -> None:
    for theme in ("light", "dark"):
        for size, (width, height) in SIZES.items():
            viewport = {"width": width, "height": height}
            context = browser.new_context(color_scheme=theme, viewport=viewport)
            for name in names:
                page = context.new_page()
                page.goto((HTML / f"{name}.html").as_uri())
                photograph(page, f"{name.replace('/', '-')}-{size}-{theme}")
                page.close()
            context.close()


def main() -> None:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    names = sys.argv[1:] or list(pages_in(toc))
    browsers = ("chromium", "chromium-browser", "google-chrome")
    chromium = next(filter(None, map(shutil.which, browsers)), None)
    if chromium is None:
        sys.exit("no Chromium found: install the package `chromium`")
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        photograph_all(browser, names)
        browser.close()
    print(f"{len(list(OUT.glob('*.png')))} pictures in {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
