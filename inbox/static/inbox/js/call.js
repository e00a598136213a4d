// Asks the hub outside of htmx. Once the session ended nothing more is asked until somebody signs in.
let isOut = false
export const csrf = () => JSON.parse(document.body.getAttribute("hx-headers"))

export async function call(url, options) {
  const answer = isOut ? null : await fetch(url, options)
  isOut = !answer || answer.status === 401
  if (!isOut) return answer
  document.dispatchEvent(new Event("hub:signed-out"))
  throw new Error("signed out")
}

document.addEventListener("hub:signed-in", () => (isOut = false))
