// Asks the hub outside of htmx. Once the session ended nothing more is asked until somebody signs in.
// Beside it what the modules tell each other by, and how they say a number.
// a way that is dead says nothing
const LONGEST = 30_000
let out = false
export const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }))
export const isOut = () => out
// words for a number: an element has those for none, one and many
export const counted = ({ dataset: { none, one, many } }, n) => (n ? (n > 1 ? many : one) : none).replace("{n}", n)
export const csrf = () => JSON.parse(document.body.getAttribute("hx-headers"))

export async function call(url, options) {
  const answer = out ? null : await fetch(url, { signal: AbortSignal.timeout(LONGEST), ...options })
  out = !answer || answer.status === 401
  if (!out) return answer
  tell("hub:signed-out")
  throw new Error("signed out")
}

document.addEventListener("hub:signed-in", () => (out = false))
