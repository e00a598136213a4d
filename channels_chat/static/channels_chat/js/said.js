// One polite region tells who does not look: at most once in three seconds, several as their number.
import { by, word } from "./dom.js"

const EVERY = 3000
const waiting = []
let last = 0
let timer

export function say(text) {
  waiting.push(text)
  clearTimeout(timer)
  timer = setTimeout(flush, Math.max(0, last + EVERY - Date.now()))
}

function flush() {
  last = Date.now()
  const all = waiting.splice(0)
  by("said").textContent = all.length > 1 ? word("news", { n: all.length }) : all[0]
}

// What cannot wait: a message that did not go.
export const alarm = (text) => void (by("alarm").textContent = text)
