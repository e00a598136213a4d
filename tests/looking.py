"""What every page is looked at for: axe's findings in both themes, what hangs out of the window."""

import time
from collections.abc import Callable, Mapping

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LAW = {"type": "tag", "values": WCAG}
RULES = {"type": "tag", "values": [*WCAG, "best-practice"]}
CONTRAST = {"type": "rule", "values": ["color-contrast"]}
AXE = Axe().axe_script
FAULTS = """async (options) => (await axe.run(document, options)).violations.flatMap((one) =>
  one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 160)}`))"""
TURN = """async (theme) => {
  const root = document.documentElement
  const ink = () => getComputedStyle(document.body).color
  const before = ink()
  root.dataset.theme = theme
  root.classList.toggle('dark', theme === 'dark')
  await new Promise((done) => setTimeout(done, 200))
  return ink() !== before
}"""
OUTSIDE = """() => {
  const bars = ['.th-top', '.list-top', '.via', '.bar', '.due', '.tabbar'].map((b) => `${b} > *`)
  const shown = (e) => e.getBoundingClientRect().width > 1 && !e.closest('.unseen, dialog, .menu')
  const isOut = (r) => r.right > innerWidth + 1 || r.left < -1
  return [...document.querySelectorAll([...bars, '.form *'].join())]
    .filter((e) => shown(e) && isOut(e.getBoundingClientRect()))
    .map((e) => e.outerHTML.slice(0, 120))
}"""

CUT = """() => {
  const texts = 'button, summary, label, .btn, .tabs a, .tabbar a, legend, .chip, dt' +
    ', .saved, .due-t'
  const hides = (e) => getComputedStyle(e).overflowX !== 'visible'
  // what hangs out of a tab lies over the next one
  const isCut = (e) => e.scrollWidth > e.clientWidth + 1 && (hides(e) || e.matches('.tabs a'))
  return [...document.querySelectorAll(texts)]
    .filter((e) => e.checkVisibility() && e.clientWidth > 1 && !e.closest('.unseen, .to'))
    .flatMap((e) => [e, ...e.querySelectorAll('span, b, small')])
    .filter((e) => !e.matches('.unseen') && e.clientWidth > 1 && isCut(e))
    .map((e) => e.outerHTML.slice(0, 120))
}"""

SMALL = """() => {
  const pressed = 'a, button, summary, select, input:not([type=hidden]), [role=option]'
  const inText = 'p a, td a, .prose a, .skip, .topic *, .unseen, [popover] *, dialog:not([open]) *'
  const size = (e) => [e.getBoundingClientRect().width, e.getBoundingClientRect().height]
  const fits = (e) => Math.min(...size(e)) >= 43.5
  return [...document.querySelectorAll(pressed)]
    .filter((e) => e.checkVisibility({ opacityProperty: true }) && !e.matches(inText))
    .filter((e) => size(e)[0] > 1 && ![e, e.closest('label') ?? e, ...(e.labels ?? [])].some(fits))
    .map((e) => `${size(e).map(Math.round).join('x')} ${e.outerHTML.slice(0, 100)}`)
}"""


def axe(
    page: Page, *, rules: Mapping[str, object] = RULES, apart_from: tuple[str, ...] = ()
) -> list[str]:
    """What axe finds on a light page, and of its colours once it is dark; then it is light again.

    Only colours differ between the themes, so the second look asks for them alone.
    """
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(AXE)
    found = _violations(page, rules, apart_from)
    assert page.evaluate(TURN, "dark"), "the page has no dark theme"
    found += [f"dark: {one}" for one in _violations(page, CONTRAST, ())]
    page.evaluate(TURN, "light")
    return found


def _violations(page: Page, rules: Mapping[str, object], apart_from: tuple[str, ...]) -> list[str]:
    options = {
        "runOnly": rules,
        "resultTypes": ["violations"],
        "rules": {name: {"enabled": False} for name in apart_from},
    }
    return list(page.evaluate(FAULTS, options))


def outside(page: Page) -> list[str]:
    """What is wider than the window, or hangs out of it."""
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [f"{over} px too wide"] * (over > 0) + list(page.evaluate(OUTSIDE))


def cut(page: Page) -> list[str]:
    """Words on what is pressed, of which not all are to be seen."""
    return list(page.evaluate(CUT))


def small(page: Page) -> list[str]:
    """What a finger misses: less than 44 px wide or high. Links within a text are as high as it."""
    return list(page.evaluate(SMALL))


def settle(page: Page) -> None:
    """Until what was just measured has been laid out and painted."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


def until(page: Page, true: Callable[[], bool], seconds: float = 10) -> None:
    """For what the test itself is told by the page: requests that it holds, sockets it counts."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        page.wait_for_timeout(10)
