// A note goes with the film: kept while it is typed, and at the latest before the last piece leaves.
import { ask } from "./ask.js"
import { by, start } from "./dom.js"

const AFTER = 800
const TYPES = 2500
const field = by("note")
let [number, saved, at, timer] = ["", "", 0, 0]

// The upload that it is about from now on; what was typed before goes along.
export function about(url) {
  number = url.split("/").at(-1)
  saved = ""
  if (field.value) save().catch(() => {})
}

export function clear() {
  field.value = saved = number = ""
}

// Resolves when all of it is kept, and nobody is in the middle of a word.
export async function settled() {
  while (document.activeElement === field && Date.now() - at < TYPES) await new Promise((done) => setTimeout(done, 200))
  clearTimeout(timer)
  await save()
}

async function save() {
  const text = field.value.trim()
  if (!number || text === saved) return
  const body = new FormData()
  body.set("upload", number)
  body.set("text", text)
  await ask("POST", start.note, { body }).catch((fault) => {
    if (!fault.status) throw fault // what the hub does not want holds no film back
  })
  saved = text
}

field.addEventListener("input", () => {
  at = Date.now()
  clearTimeout(timer)
  timer = setTimeout(() => save().catch(() => {}), AFTER) // once more before the last piece
})
