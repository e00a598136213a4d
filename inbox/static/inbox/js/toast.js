// Toasts, and the countdown of messages that are still held: [data-until] with [data-left] inside.
import { tell } from "./call.js"

const STAYS = 8_000

function count(element, now) {
  const left = Math.ceil((Date.parse(element.dataset.until) - now) / 1000)
  if (left > 0) element.querySelector("[data-left]").textContent = `${left} s`
  else end(element)
}

function end(element) {
  if (element.classList.contains("toast")) element.remove()
  else {
    element.textContent = element.dataset.after
    delete element.dataset.until
    element.closest(".entry")?.querySelector("form:has([data-undo])")?.remove()
  }
  tell("case:stale")
}

function countAll() {
  const now = Date.now()
  for (const element of document.querySelectorAll("[data-until]")) count(element, now)
}

function arm(toast) {
  if (toast.dataset.armed) return
  toast.dataset.armed = "1"
  if (!toast.dataset.until) setTimeout(() => toast.matches(":hover, :focus-within") || toast.remove(), STAYS)
}

document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest(".toast").remove()
})
document.addEventListener("htmx:load", () => {
  countAll()
  document.querySelectorAll(".toast").forEach(arm)
})
setInterval(countAll, 500)
