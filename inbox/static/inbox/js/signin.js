// The session ended: signing in again over the page as it stands, and then what was asked is asked again.
import { tell } from "./call.js"
import { again } from "./retry.js"

const HERE = "/inbox/signed-in/"
const REST = 5_000
const dialog = () => document.getElementById("signin")
const waiting = new Set()
let asking = null
let rested = 0

function renew(token) {
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }))
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token
}

// a page that stands in the frame, or was fetched: who is signed in, and with which token
function signed(page) {
  const mark = page?.querySelector("[data-signed-in]")
  if (!mark) return false
  if (mark.dataset.agent !== document.body.dataset.agent) location.reload()
  renew(mark.dataset.token)
  goOn()
  return true
}

function goOn() {
  asking = null
  rested = Date.now()
  if (dialog().open) dialog().close()
  for (const [element, submitter] of waiting) again(element, submitter)
  waiting.clear()
  tell("hub:signed-in")
}

async function look() {
  const answer = await fetch(HERE)
  if (!answer.ok) return false
  return signed(new DOMParser().parseFromString(await answer.text(), "text/html"))
}

// signed in meanwhile in another tab, only the tokens are old; else the door comes to the page
function ask() {
  if (asking || Date.now() - rested < REST) return
  asking = look().then((isIn) => isIn || show()).catch(() => (asking = null))
}

function show() {
  const frame = document.createElement("iframe")
  frame.title = dialog().dataset.frame
  frame.src = HERE
  frame.addEventListener("load", () => {
    const inside = frame.contentDocument
    inside?.documentElement.toggleAttribute("data-framed", true)
    // other pages stand in no frame
    for (const link of inside?.links ?? []) link.target = "_blank"
    signed(inside) || inside?.querySelector("form input:not([type=hidden])")?.focus()
  })
  dialog().querySelector("[data-door]").replaceChildren(frame)
  dialog().showModal()
}

document.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.xhr?.status !== 401) return
  if (Date.now() - rested > REST) waiting.add([detail.elt, detail.requestConfig?.triggeringEvent?.submitter])
  ask()
})
document.addEventListener("hub:signed-out", ask)
