"""python tutorials/screenshots.py [NAME ...] [--out FOLDER]: pictures of the pages as a browser shows them.

Each committed notebook becomes a page by nbconvert, its formulas by MathJax from a package, and Chromium takes one
picture of the whole page at each width. Nothing is loaded from a network. Chromium is the system's: `chromium` or
`google-chrome` on the path, or $CHROMIUM.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import build

WIDTHS = (1366, 390)  # a laptop, a phone
PATIENCE_MS = 60_000
CONFIG = "MathJax.Hub.Config({"

# What reaches beyond the window, its innermost part. Code and printed text scroll by themselves; nothing else should.
TOO_WIDE = """
() => {
  const beyond = element => {
    if (element.closest("pre, .highlight, .MJX_Assistive_MathML, script, style")) return false;
    const box = element.getBoundingClientRect();
    if (box.width === 0 || box.height === 0) return false;
    const wordsStickOut = element.matches("p, li, td, th, h1, h2, h3, h4, summary")
      && element.scrollWidth > element.clientWidth;
    return wordsStickOut || box.right > window.innerWidth + 1 || box.left < -1;
  };
  const found = new Set();
  if (document.documentElement.scrollWidth > window.innerWidth) {
    found.add(`the page is ${document.documentElement.scrollWidth} px wide`);
  }
  for (const element of document.querySelectorAll("main *")) {
    if (!beyond(element) || [...element.children].some(beyond)) continue;
    const formula = element.closest(".MathJax");
    const source = formula && document.getElementById(formula.id.replace("-Frame", ""));
    const text = source ? source.text : element.getAttribute("alt") || element.textContent || "";
    const what = formula ? "formula" : (element.closest("table") || element).tagName.toLowerCase();
    found.add(`a ${what} that does not fit: ${text.trim().slice(0, 80)}`);
  }
  return [...found];
}
"""
BROKEN_FORMULAS = """
() => [...document.querySelectorAll(".merror, .MathJax_Error, .mjx-merror, .noError")].map(e => e.textContent.trim())
"""
BROKEN_PICTURES = "() => [...document.images].filter(i => !i.complete || i.naturalWidth === 0).map(i => i.alt || i.src)"
UNFORMATTED = """
() => [...document.querySelectorAll(".jp-RenderedMarkdown p, .jp-RenderedMarkdown li, .jp-RenderedMarkdown td")]
  .filter(e => !e.querySelector(".MathJax, code") && /\\$[^$]*\\$|\\\\(frac|sum|begin)/.test(e.textContent))
  .map(e => e.textContent.trim().slice(0, 60))
"""


def missing() -> str | None:
    """Why no picture can be taken here, as half a sentence."""
    try:
        import jupyter_server_mathjax  # noqa: F401
        import nbconvert  # noqa: F401
        import playwright  # noqa: F401
    except ImportError as error:
        return f"{error.name} is not installed: pip install nbconvert playwright jupyter-server-mathjax"
    if chromium() is None:
        return "there is no Chromium on the path (on Debian: apt install chromium)"
    return None


def chromium() -> str | None:
    names = filter(None, [os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"])
    return next(filter(None, map(shutil.which, names)), None)


def html(name: str) -> str:
    """A committed notebook as a page."""
    import jupyter_server_mathjax
    from nbconvert import HTMLExporter

    mathjax = Path(jupyter_server_mathjax.__file__).parent / "static" / "MathJax.js"
    exporter = HTMLExporter(mathjax_url=f"{mathjax.as_uri()}?config=TeX-AMS-MML_HTMLorMML-full,Safe")
    page = str(exporter.from_filename(str(build.notebook_path(name)))[0])
    # The package has one font, and not MathJax's usual one, without which hats fly above their letters.
    return page.replace(CONFIG, f'{CONFIG}"HTML-CSS": {{availableFonts: [], webFont: "STIX-Web"}},')


@contextmanager
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu"]  # root in a container has no sandbox; the pages are our own
    with sync_playwright() as play:
        yield play.chromium.launch(executable_path=chromium(), args=arguments)


@contextmanager
def opened(running: Any, name: str, width: int) -> Iterator[Any]:
    """A page of the browser that shows a notebook, its formulas set."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{name}.html"
        file.write_text(html(name), encoding="utf-8")
        page = running.new_page(viewport={"width": width, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        page.route("**/*", lambda route: route.continue_() if _local(route.request.url) else route.abort())
        page.goto(file.as_uri())
        set_formulas(page)
        yield page
        page.close()


def _local(url: str) -> bool:
    return url.startswith(("file:", "data:", "blob:"))


def set_formulas(page: Any) -> None:
    """Wait until MathJax has nothing left to do."""
    page.wait_for_function("window.MathJax && MathJax.Hub && MathJax.isReady")
    page.evaluate("new Promise(done => MathJax.Hub.Queue(done))")


def resize(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    set_formulas(page)


def complaints(page: Any) -> list[str]:
    """What is wrong with an open page at its width."""
    return [
        *page.evaluate(TOO_WIDE),
        *(f"a broken formula: {text}" for text in page.evaluate(BROKEN_FORMULAS)),
        *(f"a formula that is none: {text}" for text in page.evaluate(UNFORMATTED)),
        *(f"a picture that does not load: {text}" for text in page.evaluate(BROKEN_PICTURES)),
    ]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python tutorials/screenshots.py", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("name", nargs="*", help="pages, such as 08_autograd (default: all)")
    parser.add_argument("--out", type=Path, default=Path("runs/screenshots"), help="where (default: %(default)s)")
    options = parser.parse_args(arguments)
    if reason := missing():
        parser.error(reason)
    if unknown := set(options.name) - set(build.names()):
        parser.error(f"no such page: {', '.join(sorted(unknown))}; there are {', '.join(build.names())}")
    options.out.mkdir(parents=True, exist_ok=True)
    status = 0
    with browser() as running:
        for name in options.name or build.names():
            with opened(running, name, WIDTHS[0]) as page:
                for width in WIDTHS:
                    resize(page, width)
                    file = options.out / f"{name}-{width}.png"
                    page.screenshot(path=str(file), full_page=True)
                    print(file, flush=True)
                    for complaint in complaints(page):
                        print(f"{name} at {width} px: {complaint}", file=sys.stderr)
                        status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
