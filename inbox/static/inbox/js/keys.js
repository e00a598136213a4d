// Single keys, outside fields only; ? shows them; they can be turned off on the agent's own page.
const click = (selector) => () => document.querySelector(selector)?.click()
const go = (step) => () => document.dispatchEvent(new CustomEvent("list:step", { detail: step }))

function write(kind, field) {
  return () => {
    const radio = document.getElementById(kind)
    if (!radio) return
    radio.checked = true
    document.getElementById(field)?.focus()
  }
}

function open(pop) {
  return () => {
    const menu = document.getElementById(pop)
    if (!menu) return
    menu.open = true
    menu.querySelector("button, select, input:not([type=hidden])")?.focus()
  }
}

function undo() {
  const all = document.querySelectorAll(".toast [data-undo]")
  ;(all.length ? all[all.length - 1] : document.querySelector(".entry [data-undo]"))?.click()
}

function toList() {
  const current = document.querySelector('.row-main[aria-current="true"]') ?? document.querySelector(".row-main")
  if (document.getElementById("main")?.dataset.view !== "list" && matchMedia("(max-width: 700px)").matches) {
    document.querySelector(".th-top .back")?.click()
  } else current?.focus()
}

function find() {
  const forms = [...document.querySelectorAll("[data-find]")]
  const field = forms.map((form) => form.elements.q).find((one) => one.checkVisibility())
  field ? field.select() : forms[0]?.submit()
}

function pick(event) {
  document.dispatchEvent(new CustomEvent("list:pick", { detail: { range: event.shiftKey } }))
}

const KEYS = {
  j: go(1), k: go(-1), o: () => document.activeElement?.closest(".row-main")?.click(), u: toList,
  r: write("kind-reply", "text"), m: write("kind-note", "note"), e: click("#resolve"), i: click("#take"), "!": click("#spam"),
  h: () => document.getElementById("snooze-pop") ? open("snooze-pop")() : click("#unsnooze")(),
  f: open("filter-pop"), x: pick,  a: open("assign-pop"), z: undo, c: click("#new-message"), "]": click("#to-customer"), "/": find,
  "?": () => document.getElementById("keys")?.showModal(),
}
const AFTER_G = { q: "/inbox/q/mine/", u: "/inbox/q/unassigned/", a: "/inbox/q/all/", s: "/inbox/q/snoozed/" }
let sawG = 0

function inField(target) {
  return target.closest?.("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable], dialog")
}

function escape(event) {
  const pop = event.target.closest?.("details.pop[open], details.env[open]") ?? document.querySelector("details.pop[open]")
  if (pop) {
    pop.open = false
    pop.querySelector("summary").focus()
  } else if (inField(event.target)) event.target.blur()
  else toList()
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.target.closest?.("dialog")) return escape(event)
  if (document.body.dataset.shortcuts === "off" || event.ctrlKey || event.metaKey || event.altKey) return
  if (inField(event.target)) return
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  if (Date.now() - sawG < 1500 && AFTER_G[key]) return location.assign(AFTER_G[key])
  sawG = key === "g" ? Date.now() : 0
  if (!KEYS[key]) return
  event.preventDefault()
  KEYS[key](event)
})

// one menu at a time, closed by a click elsewhere
document.addEventListener("click", (event) => {
  for (const pop of document.querySelectorAll("details.pop[open]")) {
    if (!pop.contains(event.target)) pop.open = false
  }
})
document.addEventListener("htmx:afterRequest", (event) => {
  event.target.closest?.("details.pop[open]")?.removeAttribute("open")
})

// an action swaps the header it was done in; who was there goes on from where the menu opens
let opener = ""
document.addEventListener("htmx:beforeRequest", () => {
  const here = document.activeElement
  opener = (here?.closest("details.pop")?.querySelector("summary") ?? here)?.id ?? ""
})
document.addEventListener("htmx:afterRequest", () => {
  if (opener && document.activeElement === document.body) document.getElementById(opener)?.focus()
})

// the keyboards of most people have no ⌘
const hasCommand = /Mac|iP(hone|ad)/.test(navigator.platform)
document.addEventListener("htmx:load", (event) => {
  if (hasCommand) return
  for (const key of event.target.querySelectorAll?.("kbd") ?? []) key.textContent = key.textContent.replace("⌘", "Ctrl ")
})
