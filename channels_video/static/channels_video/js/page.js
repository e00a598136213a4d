// A link's page: what is pressed and picked.
import { by, tell, word } from "./dom.js"
import { again, callOff, send, wasReloaded } from "./send.js"

document.documentElement.dataset.js = "yes"
if (wasReloaded()) tell(word("reloaded"))

for (const input of document.querySelectorAll(".pick")) {
  input.addEventListener("change", () => {
    const files = [...input.files]
    input.value = "" // the same one can be picked again
    if (files.length) send(files)
  })
}

by("cancel").addEventListener("click", callOff)
by("retry").addEventListener("click", again)
by("copy").addEventListener("click", async ({ currentTarget }) => {
  await navigator.clipboard.writeText(location.href)
  currentTarget.querySelector("span").textContent = word("copied")
})
