// A handful of faces by the box. The rest is on every keyboard.
import { by, el, show } from "./dom.js"

const FACES = ["😀", "😂", "🙂", "😉", "😍", "🤔", "😕", "😢", "😡", "👍", "👎", "🙏", "👏", "💪", "🎉", "❤️", "🔥", "✅", "❌", "❓", "📦", "🚚", "📷", "👋"]
const [opener, panel] = [by("emoji"), by("faces")]

function turn(on) {
  show(panel, on)
  opener.setAttribute("aria-expanded", on)
  if (on) panel.firstChild.focus()
}

export const close = () => !panel.hidden && (turn(false), opener.focus(), true)

function put(face) {
  const area = by("words")
  area.setRangeText(face, area.selectionStart, area.selectionEnd, "end")
  turn(false)
  area.focus()
  area.dispatchEvent(new Event("input"))
}

function step(event) {
  const way = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 8, ArrowUp: -8 }[event.key]
  const next = way && panel.children[[...panel.children].indexOf(document.activeElement) + way]
  if (next) next.focus()
  if (way) event.preventDefault()
}

panel.append(...FACES.map((face) => el("button", { type: "button", textContent: face, onclick: () => put(face) })))
panel.addEventListener("keydown", step)
opener.addEventListener("click", () => turn(panel.hidden))
