// The composer: drafts to this browser at once and to the server soon, keys, and what came back.
import { call, csrf } from "./call.js"
import { fit, isFreed, settled } from "./sending.js"

const SAVE_AFTER = 800
// a page may have been asked for before the hub had the last words
const LATE = 30_000
const FIELDS = { message: "text", note: "note", aside: "words" }
const composer = () => document.getElementById("composer")
const kindOf = (form) => form.querySelector('[name="kind"]:checked')?.value ?? "note"
// messages to others have none
const wroteAgain = () => document.getElementById("wrote-again")
const box = (form, kind) => form.elements[FIELDS[kind]]
const edition = (form, kind) => form.elements[`${FIELDS[kind]}_version`]
const words = () => box(composer(), kindOf(composer()))?.value.trim()
const keyOf = (form, kind) => `draft:${form.dataset.agent}:${form.dataset.case}:${kind}`
// of this tab
const caretOf = (form, area) => `caret:${form.dataset.case}:${area.name}`
// by kind: what is begun in one field takes nothing from the other
const saving = {}
let writes = Promise.resolve()

function keep(form, kind) {
  try {
    localStorage.setItem(keyOf(form, kind), box(form, kind).value)
    // no room: the hub keeps them
  } catch {}
}

// words that the hub has and an early page has not
function savedSince(form, kind) {
  const [at, version, text] = JSON.parse(sessionStorage[keyOf(form, kind)] ?? "[]")
  return Date.now() - at < LATE && version > edition(form, kind).value && text
}

function payload(form, kind) {
  const data = new FormData(form)
  data.delete("files")
  data.set("kind", kind)
  return data
}

// Writes wait for one another, so that a late one never brings back what an earlier one ended.
function save(form, kind) {
  writes = writes.then(settled).then(() => write(form, kind)).catch(() => say(form, "wordUnsaved"))
  return writes
}

async function write(form, kind) {
  const text = box(form, kind).value
  const answer = await call(form.dataset.drafts, { method: "POST", body: payload(form, kind), headers: csrf(), keepalive: true })
  const said = await answer.json()
  edition(form, kind).value = said.version ?? 0
  const isOther = answer.status === 409 && said.text !== text
  if (isOther) document.getElementById("composer-problem").textContent = said.problem
  else if (box(form, kind).value === text) {
    localStorage.removeItem(keyOf(form, kind))
    sessionStorage[keyOf(form, kind)] = JSON.stringify([Date.now(), said.version, text])
  }
  say(form, text ? "wordSaved" : "")
}

function say(form, word) {
  const line = form.querySelector("[data-saved]")
  line.textContent = line.dataset[word] ?? ""
}

function typed(event) {
  const form = event.target.closest("#composer")
  if (!form || !event.target.name || event.target.type === "file") return
  if (event.target.matches(".ed")) fit(event.target)
  const kind = kindOf(form)
  keep(form, kind)
  clearTimeout(saving[kind])
  saving[kind] = setTimeout(save, SAVE_AFTER, form, kind)
}

function restore(form) {
  for (const kind of Object.keys(FIELDS)) {
    const area = box(form, kind)
    const kept = area && (localStorage.getItem(keyOf(form, kind)) ?? savedSince(form, kind))
    if (typeof kept === "string" && kept !== area.value) {
      // who was faster than this script began anew
      const begun = area.value === area.defaultValue ? "" : area.value
      area.value = [kept, begun].filter(Boolean).join("\n\n")
      save(form, kind)
    }
    if (!area) continue
    fit(area)
    const caret = sessionStorage[caretOf(form, area)]
    if (caret) area.setSelectionRange(...caret.split(","))
  }
}

// whoever comes back goes on where they were
function mark() {
  const area = document.activeElement
  const form = area?.matches(".ed") && area.closest("#composer")
  if (form) sessionStorage[caretOf(form, area)] = [area.selectionStart, area.selectionEnd]
}

function sent({ detail }) {
  const form = composer()
  const area = box(form, detail.kind)
  if (!isFreed()) area.value = ""
  fit(area)
  for (const place of [localStorage, sessionStorage]) place.removeItem(keyOf(form, detail.kind))
  if (area.value) keep(form, detail.kind)
  edition(form, detail.kind).value = 0
  form.elements.client_id.value = detail.client_id
  if (detail.revision) form.elements.seen.value = detail.revision
  form.elements.files.value = ""
  form.querySelector("[data-picked]").hidden = true
  document.getElementById("composer-problem").textContent = ""
  if (wroteAgain()) wroteAgain().hidden = true
  for (const pop of form.querySelectorAll("details.pop[open]")) pop.open = false
  say(form, "")
  area.focus()
}

function restored({ detail }) {
  const form = composer()
  const area = box(form, "message")
  document.getElementById("kind-reply").checked = true
  area.value = detail.text
  form.elements.text_version.value = detail.version
  for (const name of ["to", "cc", "bcc", "subject"]) {
    if (form.elements[name] && name in detail.fields) form.elements[name].value = detail.fields[name]
  }
  keep(form, "message")
  fit(area)
  area.focus()
}

document.addEventListener("input", typed)
document.addEventListener("selectionchange", mark)
document.addEventListener("feed:came", cameMeanwhile)
document.addEventListener("click", show)
document.addEventListener("composer:sent", sent)
document.addEventListener("composer:restored", restored)
document.addEventListener("htmx:load", (event) => event.target.querySelector?.("#composer") && restore(composer()))
document.addEventListener("htmx:confirm", (event) => {
  if (event.target !== composer() && event.target.id !== "ask") return
  event.preventDefault()
  clearTimeout(saving[kindOf(composer())])
  // pressed twice: there is nothing more to send then
  const isSecond = isFreed()
  writes.then(settled).then(() => (!isSecond || words()) && event.detail.issueRequest())
})
document.addEventListener("change", (event) => {
  const form = event.target.closest("#composer")
  if (!form) return
  if (event.target.name === "to") form.querySelector("[data-to]").textContent = event.target.value || "…"
  if (event.target.name === "files") pick(form, event.target.files)
  if (event.target.name === "kind") box(form, kindOf(form))?.focus()
})

// What comes in while somebody writes may make their words wrong.
function cameMeanwhile({ detail: entry }) {
  const line = wroteAgain()
  if (!line || !words()) return
  const { inbound, hour } = entry.dataset
  line.querySelector("span").textContent = line.dataset.text.replace("{name}", inbound).replace("{at}", hour)
  line.querySelector("a").hash = entry.id
  line.hidden = false
}

function show(event) {
  const link = event.target.closest("#wrote-again a")
  if (!link) return
  event.preventDefault()
  document.querySelector(link.hash)?.scrollIntoView({ block: "nearest" })
  link.parentElement.hidden = true
}

function pick(form, files) {
  const line = form.querySelector("[data-picked]")
  line.textContent = [...files].map((file) => file.name).join(", ")
  line.hidden = !files.length
}

// Enter in a line of the envelope must never send; ⌘↵ does, from anywhere in the form
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("#composer, #new")
  if (!form || event.key !== "Enter") return
  const isLine = event.target.matches("input:not([type=file])")
  if (!(event.metaKey || event.ctrlKey)) return isLine && event.preventDefault()
  event.preventDefault()
  const both = event.shiftKey && document.getElementById("send-resolve")
  // pressed: htmx sends to where the button leads that was pressed last
  ;(both || form.querySelector("#send")).click()
})
