// Who else is here: tells what this tab's agent does, and shows what the others do.
import { call, tell } from "./call.js"
import { patch } from "./morph.js"

const [AGAIN, IDLE_AFTER, SLACK] = [3_000, 180_000, 100]
// seconds, as the server tells them
const RETRY = 8
// by field
const WRITES = { text: "reply", note: "note" }
const OTHERS = "#here > *, .typing"
const open = () => document.getElementById("thread")?.dataset.case ?? ""
const rows = () => [...document.querySelectorAll(".row:has(.typing)")].map((row) => Number(row.id.slice(2)))
const wanted = new Set()
// asked for where bells were missed
let dots = ""
let does, told, rests, ends, asks, more

function be(what, now = Date.now()) {
  if (what === does && (!Object.values(WRITES).includes(what) || now - told < AGAIN)) return
  ;[does, told] = [what, now]
  if (open()) tell("tab:does", { case: Number(open()), what })
}

function stir() {
  clearTimeout(rests)
  rests = setTimeout(be, IDLE_AFTER, "idle")
  if (does === "idle") be("view")
}

function typed({ target }) {
  if (!target.closest?.("#composer") || !WRITES[target.id]) return
  const words = target.value.trim()
  be(words ? WRITES[target.id] : "view")
  if (target.id === "text") words ? begin() : emptied()
}

// The first words of an answer take a case of nobody's. Only the first: who gave it back wants it so.
function begin() {
  const form = document.getElementById("begin")
  if (!form || form.dataset.begun) return
  form.dataset.begun = "yes"
  if (!document.querySelector('#th-top [name="was"]')?.value) form.requestSubmit()
}

const emptied = () => delete document.getElementById("begin")?.dataset.begun

// One question at a time. Asked again when what is shown runs out: who was cut off cannot say that they went.
async function ask(cases = []) {
  cases.forEach((number) => wanted.add(number))
  if (asks) return (more = true)
  asks = true
  clearTimeout(ends)
  const after = await answer().catch(() => RETRY)
  asks = false
  if (more) ask()
  else if (document.querySelector(OTHERS)) ends = setTimeout(ask, after * 1000 + SLACK)
}

async function answer() {
  more = false
  const here = open()
  const asked = new URLSearchParams({ open: here, rows: [...new Set([...rows(), ...wanted])], dots })
  wanted.clear()
  dots = ""
  const reply = await call(`/inbox/here?${asked}`)
  if (!reply.ok) return RETRY
  const said = await reply.json()
  if (here === open()) patch(said.html)
  return said.ends || RETRY
}

function start({ target }) {
  // told by opening it
  if (target.querySelector?.("#thread")) does = "view"
  if (document.querySelector(OTHERS)) ask()
}

function again() {
  dots = "yes"
  ask()
  if (does !== "idle") return
  // a new socket does not know
  does = ""
  be("idle")
}

for (const name of ["pointermove", "pointerdown", "keydown", "wheel", "input"]) document.addEventListener(name, stir, { passive: true })
document.addEventListener("input", typed)
document.addEventListener("composer:sent", () => {
  be("view")
  emptied()
})
document.addEventListener("htmx:load", start)
document.addEventListener("live:here", ({ detail }) => ask(detail.cases))
document.addEventListener("live:duty", ({ detail }) => patch(detail.html))
document.addEventListener("live:again", again)
stir()
