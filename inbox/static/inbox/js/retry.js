// A request that failed says so beside what was pressed, with a way to try again.
import { tell } from "./call.js"

// answered with words of their own
const SILENT = new Set([401, 403, 409, 422])

function why(status) {
  const { network, gone, fault } = document.getElementById("failed").dataset
  if (!status) return network
  return status === 404 ? gone : fault
}

function put(element, failed) {
  const own = element.closest("#composer") ? "composer-problem" : element.closest("#thread, .toast") || !element.isConnected ? "th-problem" : ""
  const box = document.getElementById(own)
  const rows = element.closest("#list")?.querySelector("#rows")
  if (box) box.replaceChildren(failed)
  else if (rows) rows.before(failed)
  else element.after(failed)
}

export function again(element, submitter) {
  if (!element.isConnected) return location.reload()
  const trigger = element.getAttribute("hx-trigger")?.split(/[ ,]/)[0]
  if (element.matches("form")) element.requestSubmit(element.contains(submitter) ? submitter : null)
  else trigger ? htmx.trigger(element, trigger) : element.click()
}

function fail({ detail: { elt, xhr, requestConfig } }) {
  const status = xhr?.status ?? 0
  if (SILENT.has(status)) return
  clear()
  const failed = document.getElementById("failed").content.firstElementChild.cloneNode(true)
  failed.querySelector("span").textContent = why(status)
  failed.toggleAttribute("data-unreached", !status)
  failed.querySelector("button").onclick = () => {
    failed.remove()
    again(elt, requestConfig?.triggeringEvent?.submitter)
  }
  put(elt, failed)
  if (!status) tell("hub:lost")
}

function clear() {
  for (const old of document.querySelectorAll(".failed")) old.remove()
}

for (const name of ["sendError", "responseError", "timeout"]) document.addEventListener(`htmx:${name}`, fail)
document.addEventListener("htmx:beforeRequest", clear)

// An answer to what was patched away meanwhile, as by the bell of its own deed, still says what happened.
const named = (said) => (said.startsWith("{") ? Object.entries(JSON.parse(said)) : [[said]])

document.addEventListener("htmx:beforeSend", ({ detail }) => {
  const { elt, xhr } = detail
  // before htmx reads the answer, which may itself take the element away
  xhr.addEventListener("readystatechange", () => {
    if (xhr.readyState < XMLHttpRequest.DONE || elt.isConnected) return
    if (!xhr.status || xhr.status >= 400) return tell("htmx:responseError", detail)
    for (const [name, value] of named(xhr.getResponseHeader("HX-Trigger") ?? "{}")) tell(name, value)
  })
})
