// The thread: opens at what is new, follows its changes, and notes what was read.
const NEAR = 80
const LEAD = 12
const SEEN_AFTER = 1_000
const LOOK_EVERY = 15_000
const thread = () => document.getElementById("thread")
const feed = () => document.getElementById("feed")
const csrf = () => JSON.parse(document.body.getAttribute("hx-headers"))
const isAtEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < NEAR

// while the reader is at the end, growing composers and late frames must not push the end away
let follows = true
const grown = new ResizeObserver(() => {
  if (follows && feed()) feed().scrollTop = feed().scrollHeight
})

// who opens something reads on from there
function stay(event) {
  if (feed()?.contains(event.target)) follows = false
}

function place() {
  const box = feed()
  const hit = document.getElementById(thread().dataset.hit)
  if (hit) return (box.scrollTop = hit.offsetTop - box.offsetTop - NEAR)
  const mark = document.getElementById("unread")
  box.scrollTop = mark ? mark.offsetTop - box.offsetTop - NEAR : box.scrollHeight
  const waiting = mark ?? box.querySelector(".is-new")
  const above = waiting ? waiting.getBoundingClientRect().top - box.getBoundingClientRect().top : 0
  if (above < 0) box.scrollTop += above - LEAD // longer than the view: read it from its first line
}

// A fragment with an id replaces its namesake, or comes last; an empty one takes it away.
function patch(envelope) {
  const known = document.getElementById(envelope.id)
  if (!envelope.html) return envelope.type === "message" && known?.remove()
  const mould = document.createElement("template")
  mould.innerHTML = envelope.html
  const fresh = mould.content.querySelector(`#${envelope.id}`)
  known ? known.replaceWith(fresh) : document.getElementById("entries").append(fresh)
  htmx.process(fresh)
  if (!known && fresh.hasAttribute("data-inbound")) announce(fresh)
}

function announce(entry) {
  document.getElementById("said").textContent = entry.innerText.slice(0, 200)
  document.getElementById("newer").hidden = isAtEnd(feed())
}

async function follow() {
  const here = thread()
  if (!here?.dataset.changes) return
  const answer = await fetch(`${here.dataset.changes}?after=${here.dataset.revision}`)
  if (answer.redirected) return signedOut(here)
  if (!answer.ok || thread() !== here) return
  const { revision, reset, envelopes } = await answer.json()
  if (reset) return refresh()
  if (revision <= Number(here.dataset.revision)) return
  envelopes.forEach(patch)
  here.dataset.revision = revision
  watch()
}

function signedOut(here) {
  const line = document.getElementById("signed-out").content.cloneNode(true)
  document.getElementById("th-problem").replaceChildren(line)
  delete here.dataset.changes
}

function refresh() {
  const box = feed()
  const top = box.scrollTop
  htmx.ajax("GET", thread().dataset.feed, { target: "#entries", swap: "innerHTML" }).then(() => (box.scrollTop = top))
}

const eye = new IntersectionObserver((seen) => seen.forEach(note), { threshold: [0, 0.25, 0.5, 1] })

function note({ target, intersectionRatio, intersectionRect, rootBounds }) {
  clearTimeout(Number(target.dataset.timer))
  const isSeen = intersectionRatio >= 0.5 || intersectionRect.height > (rootBounds?.height ?? 900) * 0.4
  if (isSeen) target.dataset.timer = setTimeout(() => read(target), SEEN_AFTER)
}

function read(entry) {
  if (!entry.isConnected || !document.hasFocus()) return
  eye.unobserve(entry)
  const body = new URLSearchParams({ up_to: entry.dataset.at, quiet: "1" })
  fetch(thread().dataset.read, { method: "POST", body, headers: csrf(), keepalive: true })
  const last = [...document.querySelectorAll(".entry[data-inbound]")].pop()
  if (entry === last) document.getElementById(`c-${thread().dataset.case}`)?.classList.remove("is-unread")
}

function watch() {
  document.querySelectorAll(".entry:is([data-inbound], [data-mentions])").forEach((entry) => {
    if (!entry.dataset.watched) eye.observe(entry)
    entry.dataset.watched = "1"
  })
}

function start(event) {
  if (!thread() || !event.target.querySelector?.("#feed")) return
  place()
  watch()
  follows = isAtEnd(feed())
  feed().addEventListener("scroll", () => (follows = isAtEnd(feed())), { passive: true })
  grown.disconnect()
  grown.observe(feed())
  grown.observe(document.getElementById("entries"))
}

document.addEventListener("toggle", stay, true)
document.addEventListener("htmx:load", start)
document.addEventListener("case:changed", follow)
document.addEventListener("case:stale", () => setTimeout(follow, 1500))
document.addEventListener("feed:reset", refresh)
document.addEventListener("visibilitychange", () => document.hidden || follow())
document.addEventListener("click", (event) => {
  if (!event.target.closest("#newer")) return
  event.preventDefault()
  feed().scrollTop = feed().scrollHeight
  event.target.closest("#newer").hidden = true
})
setInterval(() => document.hidden || follow(), LOOK_EVERY)
