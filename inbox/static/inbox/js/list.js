// The list: moving with j and k, marking the open row, going on when a case leaves the queue, choosing rows.
import { counted } from "./call.js"

const rows = () => [...document.querySelectorAll(".row-main")]
const stage = () => document.getElementById("main")
// a hit of a search
const isHere = (link) => link.pathname + link.search === location.pathname + location.search
const inList = () => document.activeElement?.closest(".row")?.querySelector(".row-main")

function step(by) {
  const all = rows()
  const here = all.indexOf(inList() ?? document.querySelector('.row-main[aria-current="true"]'))
  const next = all[Math.min(all.length - 1, Math.max(0, here + by))]
  next?.focus()
  next?.scrollIntoView({ block: "nearest" })
}

function mark(number) {
  for (const link of rows()) {
    const row = link.closest(".row")
    const isOpen = row.id === `c-${number}` || isHere(link)
    row.toggleAttribute("data-current", isOpen)
    isOpen ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")
  }
}

// the rows on both sides of an action's own: the bell may take that one away before the answer comes
let beside = []
const sides = (row) => [row.nextElementSibling?.id, row.previousElementSibling?.id]

function leave(number) {
  const row = document.getElementById(`c-${number}`)
  const ids = row ? sides(row) : beside
  row?.remove()
  const next = ids.map((id) => document.getElementById(id)?.querySelector(".row-main")).find(Boolean) ?? rows()[0]
  if (next) {
    next.focus()
    next.click()
  } else location.assign(document.querySelector(".tabs [aria-current], .nav [aria-current]")?.href ?? "/inbox/")
}

// an action's answer brings the case's row along only where the list shows it, and leads on where no other does
document.addEventListener("htmx:configRequest", (event) => {
  const number = event.detail.path.match(/\/c\/(\d+)\//)?.[1]
  const row = document.getElementById(`c-${number}`)
  if (!document.querySelector(`.row:not(#c-${number})`)) event.detail.headers["X-Row-Last"] = "yes"
  if (!row) return
  event.detail.headers["X-Row-Shown"] = "yes"
  beside = sides(row)
})
document.addEventListener("list:step", (event) => step(event.detail))
document.addEventListener("case:left", (event) => leave(event.detail.case))
document.addEventListener("htmx:afterSwap", (event) => {
  const thread = document.getElementById("thread")
  if (event.detail.target?.id !== "pane" || !thread) return
  stage().dataset.view = "thread"
  mark(thread.dataset.case)
})
document.addEventListener("click", (event) => {
  const way = event.target.closest("#to-customer, #from-customer")
  if (!way) return
  event.preventDefault()
  const shows = stage().dataset.view === "customer"
  stage().dataset.view = shows ? "thread" : "customer"
  document.getElementById(shows ? "to-customer" : "from-customer")?.focus()
})

// how many are chosen; a range with shift, x and Escape
const boxes = () => [...document.querySelectorAll(".rows .pick input")]
let last = null

function count() {
  const shown = document.querySelector("[data-chosen]")
  if (!shown) return
  const number = boxes().filter((box) => box.checked).length
  shown.textContent = number
  shown.nextElementSibling.textContent = counted(shown, number)
}

function range(from, to, checked) {
  const all = boxes()
  const [first, second] = [all.indexOf(from), all.indexOf(to)].sort((a, b) => a - b)
  if (first >= 0) for (const box of all.slice(first, second + 1)) box.checked = checked
}

function here() {
  const row = document.activeElement?.closest(".row") ?? document.querySelector(".row[data-current]")
  return row?.querySelector(".pick input")
}

document.addEventListener("list:pick", ({ detail }) => {
  const box = here()
  if (!box) return
  box.checked = detail?.range ? true : !box.checked
  if (detail?.range && last) range(last, box, true)
  last = box
  count()
})
document.addEventListener("click", (event) => {
  const box = event.target.closest?.(".pick input")
  if (!box) return
  if (event.shiftKey && last) range(last, box, box.checked)
  last = box
  count()
})
// whoever is done choosing has chosen nothing
document.addEventListener("change", ({ target }) => {
  if (target.id === "picks") target.checked ? count() : document.getElementById("bulk").reset()
})
document.addEventListener("reset", (event) => event.target.id === "bulk" && setTimeout(count))
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || ![...boxes(), document.getElementById("picks")].some((box) => box?.checked) || event.target.closest?.("dialog, .pop[open], textarea")) return
  event.stopImmediatePropagation()
  document.getElementById("bulk").reset()
}, true)
