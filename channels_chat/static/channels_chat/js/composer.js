// The box: grows with its text, sends on Enter, keeps a draft, says that somebody is typing.
import { by } from "./dom.js"
import { keep, kept } from "./store.js"

const TYPING_EVERY = 3000
const TYPING_ENDS = 5000
const [form, area] = [by("comp"), by("words")]
let told = 0
let ends

export function compose({ send, typing }) {
  const rest = () => {
    clearTimeout(ends)
    if (told) typing(false)
    told = 0
  }
  area.addEventListener("input", () => {
    grow()
    keep("draft", area.value || null)
    if (!area.value) return rest()
    if (Date.now() - told > TYPING_EVERY) {
      told = Date.now()
      typing(true)
    }
    clearTimeout(ends)
    ends = setTimeout(rest, TYPING_ENDS)
  })
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return
    event.preventDefault()
    form.requestSubmit()
  })
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    const text = area.value.trim()
    area.focus()
    if (!send(text)) return
    area.value = ""
    keep("draft", null)
    grow()
    rest()
  })
  area.value = kept("draft") ?? ""
  grow()
}

function grow() {
  area.style.height = "auto"
  if (area.value) area.style.height = `${area.scrollHeight}px`
}

export const focus = () => area.focus()
