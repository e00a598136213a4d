// What is sent shows at once and leaves the box free; the hub's own entry takes its place. What fails is in the box again.
const composer = () => document.getElementById("composer")
const entries = () => document.getElementById("entries")
const LATEST = 5_000
let ghost, area, words
let flight = Promise.resolve()
let landed

// resolves when nothing is on its way any more: what is written meanwhile waits for it
export const settled = () => flight

// whether the box was freed at sending, so that what stands in it came after
export const isFreed = () => Boolean(ghost)

export function fit(area) {
  area.style.height = "auto"
  area.style.height = `${area.scrollHeight}px`
}

function show({ detail }) {
  const form = composer()
  if (!form || detail.elt !== form) return
  flight = new Promise((done) => (landed = done))
  const isNote = form.elements.kind?.value === "note" || !form.elements.text
  area = form.elements[isNote ? "note" : "text"]
  words = area?.value ?? ""
  if (!words.trim() || !entries()) return
  ghost = document.getElementById("sending").content.firstElementChild.cloneNode(true)
  ghost.querySelector("article").className = isNote ? "note" : form.elements.subject && !form.elements.subject.hidden ? "mail out" : "msg out"
  ghost.querySelector(".prose").textContent = words
  entries().append(ghost)
  area.value = ""
  fit(area)
  document.getElementById("feed").scrollTop = document.getElementById("feed").scrollHeight
}

function end({ detail }) {
  if (!landed || detail.elt !== composer()) return
  landed()
  landed = null
  if (!ghost) return
  if (detail.successful && detail.xhr.status < 400) return leave(ghost)
  ghost.remove()
  ghost = null
  area.value = [words, area.value].filter(Boolean).join("\n\n")
  fit(area)
  area.dispatchEvent(new Event("input", { bubbles: true }))
}

// until the entry has come; a held-up one comes with the next look
function leave(left) {
  ghost = null
  const come = new MutationObserver((all) => all.some((one) => [...one.addedNodes].some(isOwn)) && off())
  const off = () => (come.disconnect(), left.remove())
  come.observe(entries(), { childList: true })
  setTimeout(off, LATEST)
}

const isOwn = (node) => node.matches?.(`.entry[data-agent="${document.body.dataset.agent}"]`)

document.addEventListener("htmx:beforeSend", show)
document.addEventListener("htmx:afterRequest", end)
