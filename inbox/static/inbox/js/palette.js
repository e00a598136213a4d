// The palette: presses what the page has, found by words; what else there is comes from the hub.
import { call, tell } from "./call.js"
import { ACTIONS } from "./keys.js"
import { parse } from "./morph.js"

const KEPT = `opened-${document.body.dataset.agent}`
const box = document.getElementById("palette")
const field = document.getElementById("pal-q")
const slotOf = (name) => box.querySelector(`[data-slot=${name}]`)
const all = (selector) => [...box.querySelectorAll(selector)]
const shown = () => all("[role=option]:not([hidden])")
const bare = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "")
const here = () => document.getElementById("thread")?.dataset.case
const opened = () => localStorage.getItem(KEPT)?.split(",") ?? []
const pressed = new WeakMap()
const target = (one) => pressed.get(one) ?? document.querySelector(one.dataset.press)
let active, asked, isMoved, eager

// six, and the one that is open
function keep() {
  if (here()) localStorage.setItem(KEPT, [...new Set([here(), ...opened()])].slice(0, 7))
}

// one line for each element, with the words that stand on it
function copies(mould) {
  for (const element of document.querySelectorAll(mould.dataset.press)) {
    const one = mould.cloneNode(true)
    const words = (element.querySelector("span:not(.av)") ?? element).textContent
    const label = mould.textContent.trim()
    one.dataset.each = "copy"
    one.querySelector("span").textContent = label ? `${label}: ${words}` : words
    pressed.set(one, element)
    mould.before(one)
  }
}

function open() {
  if (document.querySelector("dialog[open]")) return
  for (const old of all("[data-each=copy]")) old.remove()
  all("[data-each]").forEach(copies)
  document.getElementById("pal-about").textContent = document.getElementById("th-top")?.dataset.about ?? ""
  field.value = ""
  box.showModal()
  typed(0)
}

function typed(pause = 120) {
  clearTimeout(asked)
  isMoved = eager = false
  asked = setTimeout(look, pause)
  sift()
}

async function look() {
  const mine = asked
  let fault = ""
  try {
    const answer = await call(`${box.dataset.url}?${new URLSearchParams({ q: field.value, c: here() ?? "", r: opened() })}`)
    if (!answer.ok) throw new Error(answer.status)
    const page = parse(await answer.text())
    if (mine !== asked) return
    for (const slot of page.children) slotOf(slot.dataset.slot).replaceChildren(...slot.childNodes)
  } catch {
    fault = box.dataset.fault
  }
  if (mine !== asked) return
  asked = 0
  sift()
  const says = slotOf("says")
  says.textContent = fault || says.textContent || (active ? "" : box.dataset.none)
  if (eager && !fault) run(active, eager.isNext)
}

function sift() {
  const [, sign, text] = field.value.match(/^\s*([>#@]?)(.*)$/)
  const words = bare(text).split(/\s+/).filter(Boolean)
  let left = words.length || sign ? Infinity : 5
  for (const one of all("[data-of] > [role=option]")) {
    const of = one.parentElement.dataset.of
    const isMeant = sign ? sign === ">" && of !== "views" : words.length || of === (here() ? "case" : "views")
    const fits = isMeant && words.every((word) => bare(` ${one.querySelector("span").firstChild?.data}`).includes(` ${word}`))
    one.hidden = !fits || one.dataset.each === "" || (one.dataset.press && !target(one)) || left-- <= 0
  }
  for (const group of all("[data-of]")) group.hidden = !group.querySelector("[role=option]:not([hidden])")
  const found = shown()
  found.forEach((one, at) => (one.id = `pal-${at}`))
  mark(isMoved && found.includes(active) ? active : found[0])
}

function mark(one) {
  active = one
  for (const other of all("[role=option]")) other.setAttribute("aria-selected", other === one)
  field.setAttribute("aria-activedescendant", one?.id ?? "")
  one?.scrollIntoView({ block: "nearest" })
}

// a case that leaves its row brings the next case by itself
function goOn() {
  const number = here()
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.xhr.status !== 200 || !document.getElementById(`c-${number}`)) return
    tell("list:step", 1)
    document.activeElement?.closest(".row-main")?.click()
  }, { once: true })
}

function run(one, isNext) {
  if (!one) return
  const { snooze, tag, run: action } = one.dataset
  const element = one.dataset.press && target(one)
  box.close()
  if (isNext && (snooze || tag || element?.form?.hasAttribute("hx-post"))) goOn()
  if (snooze) htmx.ajax("POST", `/inbox/c/${here()}/snooze`, { source: document.querySelector("#snooze-pop form, form:has(#unsnooze)"), values: { until: snooze }, swap: "none" })
  else if (tag) turn(tag)
  else if (action) ACTIONS[action]()
  else (element ?? document.querySelector(`.row-main[href*="${one.pathname?.match(/\/c\/.+/)}"]`) ?? one).click()
}

function turn(tag) {
  const list = document.getElementById("tags-in")
  const names = list.value.split(/\s*,\s*/)
  list.value = names.includes(tag) ? names.filter((name) => name !== tag) : [...names, tag]
  list.form.requestSubmit()
}

document.addEventListener("keydown", (event) => {
  const isModified = event.metaKey || event.ctrlKey
  if (isModified && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") open()
  else if (event.target !== field || event.isComposing) return
  else if (event.key === "Enter") asked && !active?.dataset.press ? (eager = { isNext: isModified }) : run(active, isModified)
  else if (/^Arrow(Up|Down)$/.test(event.key)) {
    const found = shown()
    isMoved = true
    mark(found[(found.indexOf(active) + (event.key === "ArrowUp" ? -1 : 1) + found.length) % found.length])
  } else return
  event.preventDefault()
})
field.addEventListener("input", () => typed())
// after the click itself, which closes the menus
box.addEventListener("click", (event) => {
  const one = event.target.closest("[role=option]")
  if (!one || !event.isTrusted || event.ctrlKey || event.metaKey) return
  event.preventDefault()
  setTimeout(() => run(one))
})
document.addEventListener("click", ({ target }) => target.closest?.("[data-palette]") && open())
document.addEventListener("htmx:afterSettle", keep)
keep()
