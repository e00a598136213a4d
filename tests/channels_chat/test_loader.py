"""The loader on somebody else's site: what it shows and whom it hears.

Site and hub are two origins that exist in the browser alone: neither network nor database is asked.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Frame, Page, Route, expect

pytestmark = pytest.mark.browser

LOADER = Path(settings.BASE_DIR) / "channels_chat/static/channels_chat/loader.js"
SITE, HUB, EVIL = "https://shop.example", "https://hub.example", "https://evil.example"
POLICY = f"default-src 'none'; script-src {HUB} 'nonce-t'; frame-src {HUB} {EVIL}"
FRAME = """<!doctype html><title>f</title><body><script>
window.said = []
const site = new URLSearchParams(location.search).get('site')
addEventListener('message', (e) => said.push([e.origin, e.data.type, e.data]))
window.tell = (type, more) => parent.postMessage({ hub: 1, type, ...more }, site)
</script>"""
HELLO = "tell('hello', { style: '--b:#b4501c;--o:#fff', label: 'Open the chat', title: 'Kalma' })"


def answer(route: Route) -> None:
    url = route.request.url
    if url.startswith(f"{HUB}/w/loader.js"):
        return route.fulfill(body=LOADER.read_text(), content_type="text/javascript")
    if url.startswith((HUB, EVIL)):
        return route.fulfill(body=FRAME, content_type="text/html")
    snippet = f'<script src="{HUB}/w/loader.js" data-channel="KEY" defer></script>'
    # a page may keep what attachShadow gives out, which closed roots give to nobody later
    spy = """<script nonce="t">
const attach = Element.prototype.attachShadow
Element.prototype.attachShadow = function (how) {
  window.how = how
  return (window.root = attach.call(this, how))
}
document.addEventListener('securitypolicyviolation', (e) => (window.broken = e.violatedDirective))
</script>"""
    body = f'<!doctype html><html lang="es"><title>Shop</title><body>{spy}{snippet}<p>Wares</p>'
    return route.fulfill(
        body=body, content_type="text/html", headers={"Content-Security-Policy": POLICY}
    )


@pytest.fixture
def shop(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1200, "height": 800})
    context.route("**/*", answer)
    page = context.new_page()
    page.goto(SITE)
    until(page, "window.root?.querySelector('iframe').src")
    yield page
    context.close()


def until(where: Page | Frame, true: str) -> None:
    """Playwright's own waiting evaluates strings, which the site's policy forbids."""
    look = f"const look = () => ({true}) ? done() : setTimeout(look, 20)"
    where.evaluate(f"() => new Promise((done) => {{ {look}; look() }})")


def frame_of(page: Page) -> Frame:
    element = page.evaluate_handle("root.querySelector('iframe')").as_element()
    frame = element.content_frame() if element else None
    assert frame is not None
    frame.wait_for_url("**/w/**")  # it is there before its page is
    return frame


def test_the_launcher_on_a_strict_site(shop: Page) -> None:
    """Nothing until the frame says hello; then it opens, closes, counts and passes on."""
    assert shop.evaluate("how.mode") == "closed"
    assert shop.evaluate("document.querySelector('div').shadowRoot") is None
    assert shop.evaluate("root.host.hidden")
    shop.evaluate("OmniHub.on('ready', () => (window.ready = 1))")
    shop.evaluate("OmniHub.on('unread', ({ count }) => (window.count = count))")
    shop.evaluate("OmniHub.identify('a.b.c')")
    frame = frame_of(shop)
    assert frame.url == f"{HUB}/w/KEY/?site=https%3A%2F%2Fshop.example&lang=es"
    frame.evaluate(HELLO)
    until(shop, "window.ready")
    assert not shop.evaluate("root.host.hidden")
    until(frame, "said.length === 1")
    assert [one[:2] for one in frame.evaluate("said")] == [[SITE, "identify"]]
    shop.evaluate("OmniHub.toggle()")
    until(frame, "said.at(-1)[2].on === true")
    frame.evaluate("tell('unread', { number: 3, label: 'Open the chat, 3 new messages' })")
    until(shop, "window.count === 3")
    assert shop.evaluate("root.querySelector('b').textContent") == "3"
    frame.evaluate("tell('close')")
    until(frame, "said.at(-1)[2].on === false")
    assert shop.evaluate("root.querySelector('iframe').inert")
    shop.evaluate("OmniHub.destroy()")
    assert shop.evaluate("!window.OmniHub && !root.host.isConnected && !window.broken")


def test_nobody_else_is_heard(shop: Page) -> None:
    """Neither another window of any origin nor the frame once it has gone elsewhere."""
    forged = json.dumps({"hub": 1, "type": "hello", "style": "--b:red", "label": "x", "title": "x"})
    shop.evaluate(f"postMessage({forged}, '*')")
    shop.evaluate(f"""() => new Promise((done) => {{
        const other = document.createElement('iframe')
        other.src = '{EVIL}/?site={SITE}'
        other.onload = done
        document.body.append(other)
    }})""")
    other = next(one for one in shop.frames if one.url.startswith(EVIL))
    other.evaluate(f"top.postMessage({forged}, '*')")
    frame = frame_of(shop)
    frame.evaluate("tell('constructor'); tell('__proto__'); parent.postMessage('hub', site)")
    frame.evaluate(f"location.href = '{EVIL}/?site={SITE}'")
    frame.wait_for_url(f"{EVIL}/**")
    frame.evaluate(HELLO)
    shop.evaluate("OmniHub.show()")
    shop.evaluate("new Promise((done) => setTimeout(done))")
    assert shop.evaluate("root.host.hidden")
    # what the page says is for the hub's origin alone
    assert frame.evaluate("said") == []


def test_a_phone_is_filled(shop: Page) -> None:
    shop.set_viewport_size({"width": 390, "height": 844})
    frame_of(shop).evaluate(HELLO)
    until(shop, "!root.host.hidden")
    shop.evaluate("OmniHub.show()")
    box = shop.evaluate("JSON.stringify(root.querySelector('iframe').getBoundingClientRect())")
    assert {name: json.loads(box)[name] for name in ("x", "y", "width", "height")} == {
        "x": 0, "y": 0, "width": 390, "height": 844,
    }  # fmt: skip
    expect(shop.get_by_text("Wares")).to_be_visible()
