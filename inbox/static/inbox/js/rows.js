// The list keeps up: rows change where they stand. They move only when nobody works in the list;
// until then the line above it says how many would.
import { call, counted, tell } from "./call.js"
import { asks as thread } from "./feed.js"
import { morph, parse, patch } from "./morph.js"

const A_FRAME = 10
const list = () => document.getElementById("list")
const box = () => document.getElementById("rows")
const numberOf = (row) => Number(row.id.slice(2))
export const shown = () => [...document.querySelectorAll("#rows > .row")].map(numberOf)
const rowOf = (number) => document.getElementById(`c-${number}`)
// rows that the list does not show yet
const fresh = new Map()
const moved = new Set()
let wanted, more, asks, again

function isBusy() {
  return box()?.matches(":hover, :focus-within") || list()?.querySelector("#picks:checked, .pick input:checked")
}

// One question at a time; what happens meanwhile is the next one.
async function ask(numbers = []) {
  numbers.forEach((number) => moved.add(number))
  if (!list()?.dataset.live) return
  if (asks) return (again = true)
  asks = true
  try {
    // which is what is read: side by side both would come as late as the second
    await thread
    await answer()
  } catch {
    // the next look tries again
  }
  asks = false
  if (again) ask()
}

async function answer() {
  const here = list()
  again = false
  const sent = [...moved]
  const known = shown()
  const url = new URL(here.dataset.live, location)
  url.searchParams.set("known", known)
  url.searchParams.set("moved", sent)
  const reply = await call(url)
  if (!reply.ok || list() !== here) return
  const said = await reply.json()
  sent.forEach((number) => moved.delete(number))
  patch(said.counts)
  badge()
  const drawn = parse(said.html)
  more = drawn.querySelector("#more")
  const rows = [...drawn.querySelectorAll(".row")]
  fresh.clear()
  said.lost.forEach((number) => rowOf(number)?.remove())
  rows.filter((row) => !rowOf(numberOf(row))).forEach((row) => fresh.set(numberOf(row), row))
  wanted = said.order
  await change(rows)
  order()
}

// How many of the agent's own wait.
function badge() {
  const count = document.getElementById("n-mine")?.firstChild?.data
  document.title = document.title.replace(/^(\(\d+\+?\) )?/, count ? `(${count}) ` : "")
}

// Of those that stand here, a few at a time, so that typing never waits.
async function change(rows) {
  for (let i = 0; i < rows.length; i += A_FRAME) {
    if (!document.hidden) await new Promise(requestAnimationFrame)
    for (const row of rows.slice(i, i + A_FRAME)) {
      const old = rowOf(numberOf(row))
      if (!old) continue
      if (old.hasAttribute("data-current")) row.querySelector(".row-main").setAttribute("aria-current", "true")
      htmx.process(morph(old, row))
    }
  }
}

// The open case stays where it is, also when it has left the queue.
function goal() {
  const open = box().querySelector(".row[data-current]")
  const number = open && numberOf(open)
  if (!open || wanted.includes(number)) return wanted
  const out = [...wanted]
  out.splice(shown().indexOf(number), 0, number)
  return out
}

// How many rows come, go, or change places: all that are not in the longest run that stays in order.
function difference(now, then) {
  const places = now.map((number) => then.indexOf(number)).filter((place) => place >= 0)
  const ends = []
  for (const place of places) {
    const at = ends.findIndex((end) => end >= place)
    ends[at < 0 ? ends.length : at] = place
  }
  return now.length + then.length - places.length - ends.length
}

function order() {
  if (!box() || !wanted.length) {
    if (Boolean(box()) !== Boolean(wanted.length) && !isBusy()) redraw()
    return
  }
  const count = difference(shown(), goal())
  const pushes = list().dataset.queue === "unassigned" && fresh.size
  if (count && (isBusy() || pushes)) return offer(count)
  arrange()
}

function offer(count) {
  const line = document.getElementById("moved")
  line.querySelector("[data-count]").textContent = counted(line, count)
  still(() => (line.hidden = false))
}

// The line comes and goes, and no row moves under the pointer: the list scrolls by as much, or goes under the line.
function still(change) {
  const top = () => box().firstElementChild?.getBoundingClientRect().top ?? 0
  const was = top()
  box().style.marginTop = ""
  change()
  box().scrollTop += top() - was
  if (top() > was) box().style.marginTop = `${was - top()}px`
}

function arrange() {
  const focused = document.activeElement?.closest("#rows") && document.activeElement.id
  const then = goal()
  for (const number of shown()) if (!then.includes(number)) rowOf(number).remove()
  let at = box().querySelector(":scope > .row")
  for (const number of then) {
    const row = rowOf(number) ?? fresh.get(number)
    if (!row) continue
    if (row === at) at = at.nextElementSibling
    else box().insertBefore(row, at)
    if (fresh.delete(number)) htmx.process(row)
  }
  document.getElementById("more")?.remove()
  if (more) htmx.process(box().appendChild(more))
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true })
  still(() => (document.getElementById("moved").hidden = true))
  tell("list:drawn")
}

// From nothing to something and back the whole list looks different.
function redraw() {
  const here = list().dataset.here
  htmx.ajax("GET", here, { source: "#list", target: "#list", select: "#list", swap: "outerHTML" })
}

function apply() {
  if (!wanted || !list()?.dataset.live) return
  wanted.length && box() ? arrange() : redraw()
}

document.addEventListener("live:changed", ({ detail }) => ask(detail.cases))
document.addEventListener("live:gone", ({ detail }) => ask([detail.case]))
document.addEventListener("live:beat", () => ask())
document.addEventListener("live:again", () => ask(shown()))
document.addEventListener("list:order", apply)
document.addEventListener("htmx:load", badge)
document.addEventListener("click", (event) => {
  if (!event.target.closest("#moved")) return
  event.preventDefault()
  apply()
})
