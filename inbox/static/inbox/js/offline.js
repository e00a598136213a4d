// Whether the hub can be reached: a line says since when not. What waited to be sent goes when it can.
const line = () => document.getElementById("offline")
let since = null

function show() {
  if (!line()) return
  line().hidden = !since
  if (since) line().lastChild.textContent = line().dataset.text.replace("{at}", since)
}

function lost() {
  if (since) return
  since = new Date().toLocaleTimeString(document.documentElement.lang, { timeStyle: "short", hourCycle: "h23" })
  show()
}

function back() {
  if (!since) return
  since = null
  show()
  document.querySelector(".failed[data-unreached] button")?.click()
}

// What could not be sent goes out also from the page that is loaded anew, within the hour: later it waits in the box
// to be read again. Files are chosen again.
const HOUR = 3_600_000
const composer = () => document.getElementById("composer")
const keyOf = (form) => `unsent:${form.dataset.agent}:${form.dataset.case}`

function note({ target: form }) {
  if (form !== composer() || form.elements.files.value) return
  localStorage[keyOf(form)] = JSON.stringify({ id: form.elements.client_id.value, kind: form.elements.kind.value, at: Date.now() })
}

function send({ target }) {
  const form = composer()
  if (!form || !target.contains(form) || !localStorage[keyOf(form)]) return
  const { id, kind, at } = JSON.parse(localStorage[keyOf(form)])
  const way = [...form.querySelectorAll("[name=kind]")].find(({ value }) => value === kind)
  if (way) way.checked = true
  form.elements.client_id.value = id
  localStorage.removeItem(keyOf(form))
  if (Date.now() - at < HOUR && form.elements[kind === "note" ? "note" : "text"]?.value) form.querySelector("#send").click()
}

// nothing leads away from the page, or ends anything
const AWAY = "a[href]:not([hx-get]), form:not([hx-post]) [type=submit], [data-ends] button"

function hold(event) {
  if (navigator.onLine || !line() || !event.target.closest(AWAY)) return
  event.preventDefault()
  lost()
  line().lastChild.textContent = line().dataset.needs
}

document.addEventListener("click", hold, true)
document.addEventListener("htmx:sendError", note)
document.addEventListener("composer:sent", () => localStorage.removeItem(keyOf(composer())))
document.addEventListener("htmx:load", send)
document.addEventListener("hub:lost", lost)
document.addEventListener("hub:back", back)
document.addEventListener("htmx:load", show)
addEventListener("offline", lost)
