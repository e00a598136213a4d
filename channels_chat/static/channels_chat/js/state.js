// What the frame knows. Whoever changes it says so; whoever shows it is called once for many changes.
export const state = {
  entries: new Map(), // id → { id, uuid, side, author, text, files, at, via }
  more: false, // older ones exist
  revision: 0,
  read: "", // one of us has read up to this time
  link: "connecting", // or "on", "off"
  stop: null, // "blocked", "expired", "error": nothing can be written
  team: null,
  case: null,
  visitor: null,
  typing: null, // { name }
  unread: 0,
  asks: null, // a question at the end: "address", "confirm", "code", "rating"
  thanks: "", // what is said to a rating
  said: "", // why the last answer to it was not taken
  view: "home",
}

const listeners = []
let isDue = false
export const onChange = (listener) => void listeners.push(listener)

export function change(patch) {
  Object.assign(state, patch)
  if (isDue) return
  isDue = true
  queueMicrotask(() => {
    isDue = false
    listeners.forEach((listener) => listener(state))
  })
}
