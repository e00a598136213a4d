// Whether the hub can be reached: a line says since when not. What waited to be sent goes when it can.
const line = () => document.getElementById("offline")
let since = null

function show() {
  if (!line()) return
  line().hidden = !since
  if (since) line().querySelector("span").textContent = line().dataset.text.replace("{at}", since)
}

function lost() {
  if (since) return
  since = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
  show()
}

function back() {
  if (!since) return
  since = null
  show()
  document.querySelector(".failed[data-unreached] button")?.click()
}

document.addEventListener("hub:lost", lost)
document.addEventListener("hub:back", back)
document.addEventListener("htmx:load", show)
addEventListener("offline", lost)
