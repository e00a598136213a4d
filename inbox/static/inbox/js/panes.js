// F6 from part to part of the page, Alt and an arrow from message to message.
const PANES = [".side", "#list", "#thread", "#cust"]

function settle(element) {
  if (!element.matches("a, button, summary, [tabindex]")) element.tabIndex = -1
  element.focus()
  element.scrollIntoView({ block: "nearest" })
}

export function cycle(event) {
  const panes = PANES.map((one) => document.querySelector(one)).filter((pane) => pane?.checkVisibility())
  const here = panes.findIndex((pane) => pane.contains(document.activeElement))
  const step = event.shiftKey ? -1 : 1
  const next = here < 0 ? 0 : (here + step + panes.length) % panes.length
  if (panes[next]) settle(panes[next].querySelector('#feed, .row-main[aria-current="true"], .nav [aria-current], .row-main, h1, h2') ?? panes[next])
}

export function message(event) {
  const entries = [...document.querySelectorAll("#entries .entry")]
  const here = entries.indexOf(document.activeElement.closest(".entry"))
  const isUp = event.key === "ArrowUp"
  const next = here < 0 ? (isUp ? entries.length - 1 : 0) : here + (isUp ? -1 : 1)
  if (entries[next]) settle(entries[next])
}
