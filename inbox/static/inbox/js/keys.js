// Keys: single ones outside fields only, and those that lead through the page. Which key does what is the body's data-keys, from inbox/keymap.py.
import { tell } from "./call.js"

const PANES = [".side", "#list", "#thread", "#cust"]
const click = (selector) => () => document.querySelector(selector)?.click()
const go = (step) => () => tell("list:step", step)
const visit = (queue) => () => location.assign(`/inbox/q/${queue}/`)
const pick = (range) => () => tell("list:pick", { range })

function write(kind, field) {
  return () => {
    const radio = document.getElementById(kind)
    if (!radio) return
    radio.checked = true
    document.getElementById(field)?.focus()
  }
}

// with chosen rows the keys of a case mean all of them
const ofMany = (selector) => document.querySelector(".pick input:checked") && document.querySelector(`#bulk ${selector}`)

function open(pop, many) {
  return () => {
    const menu = (many && ofMany(many)) || document.querySelector(pop)
    if (!menu?.checkVisibility()) return
    menu.open = true
    menu.querySelector(".menu :is(input:checked, button, select, input:not([type=hidden]))")?.focus()
  }
}

// notes travel on no channel
function channel() {
  write("kind-reply", "text")()
  open(".ch-pop")()
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

// the message that has the focus, or the last one that can be handed on
function forward() {
  const here = document.activeElement?.closest(".entry")?.querySelector("[data-forward]")
  const all = document.querySelectorAll("#entries [data-forward]")
  ;(here ?? all[all.length - 1])?.click()
}

// the next row with a clock running, round the end of the list
function needsReply() {
  const rows = [...document.querySelectorAll(".row-main")]
  const here = rows.indexOf(document.activeElement.closest(".row-main") ?? document.querySelector('.row-main[aria-current="true"]'))
  const next = [...rows.slice(here + 1), ...rows.slice(0, here + 1)].find((row) => row.querySelector(".wait"))
  next?.focus()
  next?.click()
}

function sidebar() {
  const app = document.querySelector(".app")
  const isOff = app.toggleAttribute("data-narrow")
  if (isOff && document.activeElement.closest(".side")) toList()
}

// F6 from part to part of the page, Alt and an arrow from message to message
function settle(element) {
  if (!element.matches("a, button, summary, [tabindex]")) element.tabIndex = -1
  element.focus()
  element.scrollIntoView({ block: "nearest" })
}

function cycle(event) {
  const panes = PANES.map((one) => document.querySelector(one)).filter((pane) => pane?.checkVisibility())
  const here = panes.findIndex((pane) => pane.contains(document.activeElement))
  const next = panes.at(event.shiftKey && here >= 0 ? here - 1 : (here + 1) % panes.length)
  if (next) settle(next.querySelector('#feed, .row-main[aria-current="true"], .nav [aria-current], .row-main, h1, h2') ?? next)
}

function message(event) {
  const entries = [...document.querySelectorAll("#entries .entry")]
  const here = entries.indexOf(document.activeElement.closest(".entry"))
  const step = event.key === "ArrowUp" ? -1 : 1
  const next = here + step < -1 ? entries.length - 1 : here + step
  if (entries[next]) settle(entries[next])
}

export const ACTIONS = {
  next: go(1), previous: go(-1), open: () => document.activeElement?.closest(".row-main")?.click(), list: toList,
  "needs-reply": needsReply, search: find, sidebar, customer: click("#to-customer"),
  mine: visit("mine"), unassigned: visit("unassigned"), all: visit("all"), snoozed: visit("snoozed"), mentions: visit("mentions"),
  ask: click("#ask"), forward, reply: write("kind-reply", "text"), note: write("kind-note", "note"), resolve: () => (ofMany('[value="resolve"]') ?? document.getElementById("resolve"))?.click(), take: click("#take"),
  snooze: () => (ofMany("#many-snooze") || document.getElementById("snooze-pop") ? open("#snooze-pop", "#many-snooze") : click("#unsnooze"))(),
  assign: open("#assign-pop", "#many-assign"), tags: open("#tags-pop", "#many-tags"), spam: click("#spam"), unread: click("#unread-mark"), undo, new: click("#new-message"),
  pick: pick(false), "pick-range": pick(true), filter: open("#filter-pop"), order: () => tell("list:order"), keys: () => document.getElementById("keys")?.showModal(),
}
const byKey = Object.fromEntries(Object.entries(JSON.parse(document.body.dataset.keys ?? "{}")).map(([action, key]) => [key, action]))
let sawG = 0

function inField(target) {
  return target.closest?.("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable], dialog")
}

// signs are typed by AltGr or option on many keyboards; letters of another script go by their place
function sign(event) {
  const isAltGr = event.getModifierState("AltGraph") || (event.altKey && !event.ctrlKey && /^[^\w\s]$/.test(event.key))
  if (!isAltGr && (event.ctrlKey || event.metaKey || event.altKey)) return ""
  const place = /^Key([A-Z])$/.exec(event.code)
  const key = place && event.key > "\u00ff" ? place[1] : event.key
  return /^\p{L}$/u.test(key) ? key[event.shiftKey ? "toUpperCase" : "toLowerCase"]() : key
}

function escape(event) {
  const pop = event.target.closest?.("details.pop[open], details.env[open]") ?? document.querySelector("details.pop[open]")
  if (pop) {
    pop.open = false
    pop.querySelector("summary").focus()
  } else if (inField(event.target)) event.target.blur()
  else toList()
}

function fixed(event) {
  if (event.key === "Escape") return escape
  if (event.key === "F6") return cycle
  const isAlt = event.altKey && !event.ctrlKey && !event.metaKey
  if (isAlt && event.shiftKey && event.code === "KeyC") return channel
  if (isAlt && /^Arrow(Up|Down)$/.test(event.key) && !inField(event.target)) return message
}

document.addEventListener("keydown", (event) => {
  if (event.target.closest?.("dialog")) return
  let run = fixed(event)
  if (!run) {
    if (document.body.dataset.shortcuts === "off" || inField(event.target)) return
    const key = sign(event)
    run = ACTIONS[(Date.now() - sawG < 1500 && byKey[`g ${key.toLowerCase()}`]) || byKey[key]]
    if (key !== "Shift") sawG = key === "g" ? Date.now() : 0
  }
  if (!run) return
  if (event.key !== "Escape") event.preventDefault()
  run(event)
})
