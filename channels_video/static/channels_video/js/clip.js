// What was chosen, as this browser can show it: a film's first picture and its length.
import { by, length } from "./dom.js"

const PATIENCE = 4000
let shown

// Seconds, or 0 where this browser cannot tell: the hub looks again. A poster of what plays stands in the page then.
export async function look(file) {
  clear()
  shown = URL.createObjectURL(file)
  const isFilm = !file.type.startsWith("image/")
  const node = document.createElement(isFilm ? "video" : "img")
  const known = new Promise((done) => {
    node.onloadedmetadata = node.onload = () => done(true)
    node.onerror = () => done(false)
    setTimeout(done, PATIENCE, false)
  })
  if (isFilm) Object.assign(node, { muted: true, playsInline: true, preload: "metadata", tabIndex: -1 })
  else node.alt = ""
  node.src = isFilm ? `${shown}#t=0.1` : shown
  if (!(await known)) return 0
  node.setAttribute("aria-hidden", "true")
  by("clip").replaceChildren(node)
  const seconds = Number.isFinite(node.duration) ? node.duration : 0
  if (seconds) by("clip").append(Object.assign(document.createElement("span"), { className: "len", textContent: length(seconds) }))
  return seconds
}

const empty = [...by("clip").childNodes]

function clear() {
  by("clip").replaceChildren(...empty)
  if (shown) URL.revokeObjectURL(shown)
}
