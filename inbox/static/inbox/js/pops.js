// Menus, and where the focus goes when what held it is swapped.
// one menu at a time, closed by a click elsewhere
document.addEventListener("click", (event) => {
  for (const pop of document.querySelectorAll("details.pop[open]")) {
    if (!pop.contains(event.target)) pop.open = false
  }
})
document.addEventListener("htmx:afterRequest", (event) => {
  event.target.closest?.("details.pop[open]")?.removeAttribute("open")
})

// an action swaps the header it was done in; who was there goes on from where the menu opens, or from the topic
let opener = ""
document.addEventListener("htmx:beforeRequest", () => {
  const here = document.activeElement
  opener = here === document.body ? "" : (here.closest("details.pop")?.querySelector("summary") ?? here).id || "th-h"
})
document.addEventListener("htmx:afterRequest", () => {
  if (document.activeElement === document.body) for (const id of [opener && "th-h", opener]) document.getElementById(id)?.focus()
})

// the keyboards of most people have no ⌘
const hasCommand = /Mac|iP(hone|ad)/.test(navigator.platform)
document.addEventListener("htmx:load", (event) => {
  if (hasCommand) return
  for (const key of event.target.querySelectorAll?.("kbd") ?? []) key.textContent = key.textContent.replace("⌘", "Ctrl ")
})
