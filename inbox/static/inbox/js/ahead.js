// The next thread comes before it is opened: that of the row which the pointer rests on or which has the focus.
import { call, tell } from "./call.js"

const [RESTS, STAYS, MOST] = [80, 10_000, 5]
// what the hub said, by address
const kept = new Map()
const caseOf = (url) => url.match(/\/c\/(\d+)\//)[1]
let rests, asking

// words that are still on their way to the hub would come back older
function isWritten(url) {
  const own = `draft:${document.body.dataset.agent}:${caseOf(url)}:`
  return Object.keys(localStorage).some((key) => key.startsWith(own))
}

function want({ target }) {
  clearTimeout(rests)
  const link = target.closest?.(".row")?.querySelector(".row-main[hx-get]:not([aria-current])")
  if (link) rests = setTimeout(get, RESTS, link.getAttribute("hx-get"))
}

async function get(url) {
  if (kept.has(url) || isWritten(url) || !navigator.onLine) return
  const page = { html: "" }
  kept.set(url, page)
  while (kept.size > MOST) kept.delete(kept.keys().next().value)
  setTimeout(() => kept.get(url) === page && kept.delete(url), STAYS)
  const answer = await call(url, { headers: { "HX-Request": "true", "HX-Target": "pane" } }).catch(() => null)
  if (answer?.ok) page.html = await answer.text()
  else kept.delete(url)
}

function open(event) {
  const { elt } = event.detail
  if (!elt.matches(".row-main")) return
  // whose answer is slower would come over the one that was opened last
  if (asking !== elt) asking && htmx.trigger(asking, "htmx:abort")
  asking = elt
  const url = elt.getAttribute("hx-get")
  const html = kept.get(url)?.html
  clearTimeout(rests)
  kept.delete(url)
  if (!html) return
  event.preventDefault()
  // as htmx does, so that going back is its own
  history.replaceState({ htmx: true }, "")
  history.pushState({ htmx: true }, "", url)
  const target = document.getElementById("pane")
  htmx.swap(target, html, { swapStyle: "outerHTML" }, { contextElement: elt, eventInfo: { target } })
  // what came since
  tell("case:changed")
}

function forget({ detail }) {
  for (const url of kept.keys()) if (!detail || [detail.case, ...(detail.cases ?? [])].includes(Number(caseOf(url)))) kept.delete(url)
}

for (const name of ["pointerover", "focusin"]) document.addEventListener(name, want)
for (const name of ["changed", "gone", "again"]) document.addEventListener(`live:${name}`, forget)
document.addEventListener("htmx:beforeRequest", open)
