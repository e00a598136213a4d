// Whether the hub can be reached: a line under the header says since when not, and how many messages wait. They go
// when it can be.
import { counted } from "./call.js"

const HOUR = 3_600_000
const OWN = `unsent:${document.body.dataset.agent}:`
const composer = () => document.getElementById("composer")
const keyOf = (form) => OWN + form.dataset.case
const waiting = () => Object.keys(localStorage).filter((key) => key.startsWith(OWN)).length
const line = document.getElementById("offline")
let since = ""

function show() {
  line.hidden = !since
  if (!since) return
  const head = document.querySelector("#th-problem") ?? document.querySelector(".tabs") ?? document.querySelector("h1")
  head.after(line)
  say(counted(line, waiting()).replace("{at}", since))
}

function say(words) {
  line.lastChild.textContent = words
}

function lost() {
  since ||= new Date().toLocaleTimeString(document.documentElement.lang, { timeStyle: "short", hourCycle: "h23" })
  show()
}

function back() {
  if (!since) return
  since = ""
  show()
  document.querySelector(".failed[data-unreached] button")?.click()
}

// What could not be sent goes out also from the page that is loaded anew, within the hour: later it waits in the box
// to be read again. So does what had files, which are chosen again.
function note({ target: form }) {
  if (form !== composer()) return
  const { client_id, kind, files } = form.elements
  localStorage[keyOf(form)] = JSON.stringify({ id: client_id.value, kind: kind.value, at: !files.value && Date.now() })
  show()
}

function send({ target }) {
  show()
  const form = composer()
  if (!form || !target.contains(form) || !localStorage[keyOf(form)]) return
  const { id, kind, at } = JSON.parse(localStorage[keyOf(form)])
  const way = form.querySelector(`[name=kind][value=${kind}]`)
  if (way) way.checked = true
  form.elements.client_id.value = id
  delete localStorage[keyOf(form)]
  if (Date.now() - at < HOUR && form.elements[kind === "note" ? "note" : "text"]?.value) form.querySelector("#send").click()
}

// Nothing leads away from the page, or ends anything; what it can do by itself it does.
function hold(event) {
  if (navigator.onLine || event.defaultPrevented) return
  event.preventDefault()
  lost()
  say(line.dataset.needs)
}

document.addEventListener("click", (event) => event.target.closest("[data-ends] button") && hold(event), true)
addEventListener("click", (event) => event.target.closest("a:not([href^='#'])") && hold(event))
addEventListener("submit", (event) => event.target.method !== "dialog" && hold(event))
document.addEventListener("htmx:sendError", note)
document.addEventListener("composer:sent", () => delete localStorage[keyOf(composer())])
document.addEventListener("htmx:load", send)
document.addEventListener("hub:lost", lost)
document.addEventListener("hub:back", back)
addEventListener("storage", show)
addEventListener("offline", lost)
