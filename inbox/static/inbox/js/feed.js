// The thread: opens at what is new, and follows its changes.
import { call, counted, isOut, tell } from "./call.js"
import { children, morph, parse, patch as patchAll } from "./morph.js"
import { watch } from "./reading.js"

const NEAR = 80
const LEAD = 12
const thread = () => document.getElementById("thread")
const feed = () => document.getElementById("feed")
const newer = () => document.getElementById("newer")
const isAtEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < NEAR

// while the reader is at the end, growing composers and late frames must not push the end away
let follows = true
// messages that came below what is being read
let missed
const grown = new ResizeObserver(() => {
  if (follows && feed()) feed().scrollTop = feed().scrollHeight
})

// who opens something reads on from there
function stay(event) {
  if (feed()?.contains(event.target)) follows = false
}

function place() {
  const box = feed()
  document.querySelector("#journey [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" })
  const below = (part) => part.getBoundingClientRect().top - box.getBoundingClientRect().top
  const hit = document.getElementById(thread().dataset.hit)
  if (hit) return (box.scrollTop += below(hit) - NEAR)
  const mark = document.getElementById("unread")
  box.scrollTop = mark ? box.scrollTop + below(mark) - NEAR : box.scrollHeight
  const waiting = mark ?? box.querySelector(".is-new")
  const above = waiting ? below(waiting) : 0
  // longer than the view: read it from its first line
  if (above < 0) box.scrollTop += above - LEAD
}

// A fragment with an id changes its namesake, or comes where its time is; an empty one takes it away.
function patch(envelope) {
  const known = document.getElementById(envelope.id)
  if (!envelope.html) return envelope.type === "message" && known?.remove()
  const fresh = parse(envelope.html).querySelector(`#${envelope.id}`)
  if (known) {
    // where the reader had come to is this page's own
    const mark = known.querySelector(":scope > #unread")
    if (mark) fresh.prepend(mark.cloneNode(true))
    return htmx.process(morph(known, fresh))
  }
  const later = [...document.querySelectorAll("#entries > .entry")].find((entry) => isBefore(fresh, entry))
  document.getElementById("entries").insertBefore(fresh, later ?? null)
  htmx.process(fresh)
  if (fresh.hasAttribute("data-inbound")) announce(fresh)
}

const isBefore = (one, other) => Date.parse(one.dataset.at) < Date.parse(other.dataset.at)

// who has nothing written yet will write after reading this
function readTo(revision) {
  const form = document.getElementById("composer")
  if (form?.elements.seen && !form.elements.text?.value) form.elements.seen.value = revision
}

function lift(id) {
  for (const card of document.querySelectorAll("#entries > .entry > .mail")) card.classList.toggle("is-new", card.parentElement.id === id)
}

function announce(entry) {
  document.getElementById("said").textContent = entry.innerText.slice(0, 200)
  const pill = newer()
  missed = isAtEnd(feed()) ? 0 : pill.hidden ? 1 : missed + 1
  pill.hidden = !missed
  if (missed) pill.firstChild.textContent = counted(pill, missed)
  tell("feed:came", entry)
}

// One question at a time; what happens meanwhile is the next one.
export let asks
let again
async function follow() {
  if (asks) return (again = true)
  do {
    again = false
    // the next look tries again
    asks = ask().then(() => tell("hub:back"), () => isOut() || tell("hub:lost"))
    await asks
  } while (again)
  asks = null
}

async function ask() {
  const here = thread()
  if (!navigator.onLine) throw new Error("offline")
  if (!here?.dataset.changes) return
  const queue = here.querySelector('[name="q"]')?.value ?? ""
  const answer = await call(`${here.dataset.changes}?after=${here.dataset.revision}&q=${queue}`)
  const said = answer.ok && (await answer.json())
  if (thread() !== here) return
  if (answer.status === 404) return gone()
  if (!said || (said.reset ? !(await refresh()) : said.revision <= here.dataset.revision)) return
  const { revision, conversation, envelopes, around, unanswered } = said
  Object.assign(here.dataset, { revision, conversation })
  envelopes.forEach(patch)
  patchAll(around)
  tell("feed:around")
  lift(unanswered)
  watch()
  readTo(revision)
}

// The case is not this agent's to see any more: neither is what still stands here.
function gone() {
  document.getElementById("pane").replaceChildren(document.getElementById("gone").content.cloneNode(true))
}

// All of it again, without moving what is being read; whether it came.
async function refresh() {
  const here = thread()
  const answer = await call(here.dataset.feed)
  const html = answer.ok && (await answer.text())
  if (!html || thread() !== here) return
  const box = feed()
  const first = [...box.querySelectorAll(".entry")].find((entry) => entry.getBoundingClientRect().bottom > box.getBoundingClientRect().top)
  const was = first?.getBoundingClientRect().top
  const entries = document.getElementById("entries")
  children(entries, parse(html))
  htmx.process(entries)
  if (first?.isConnected && !follows) box.scrollTop += first.getBoundingClientRect().top - was
  watch()
  return true
}

function scrolled() {
  follows = isAtEnd(feed())
  if (follows) newer().hidden = true
}

function start(event) {
  if (!thread() || !event.target.querySelector?.("#feed")) return
  place()
  watch()
  follows = isAtEnd(feed())
  feed().addEventListener("scroll", scrolled, { passive: true })
  grown.disconnect()
  grown.observe(feed())
  grown.observe(document.getElementById("entries"))
}

document.addEventListener("toggle", stay, true)
document.addEventListener("htmx:load", start)
document.addEventListener("case:changed", follow)
document.addEventListener("case:stale", () => setTimeout(follow, 1500))
document.addEventListener("feed:reset", refresh)
document.addEventListener("live:again", follow)
document.addEventListener("live:gone", ({ detail }) => String(detail.case) === thread()?.dataset.case && follow())
for (const name of ["changed", "beat"]) {
  document.addEventListener(`live:${name}`, ({ detail }) => {
    const { case: open, conversation, revision } = thread()?.dataset ?? {}
    // by its case where it came to another conversation; a beat is about what is open
    const isOurs = String(detail.conversation) === conversation || (detail.cases?.includes(Number(open)) ?? true)
    if (isOurs && detail.revision > revision) follow()
  })
}
document.addEventListener("click", (event) => {
  if (!event.target.closest("#newer")) return
  event.preventDefault()
  feed().scrollTop = feed().scrollHeight
})
