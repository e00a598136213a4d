// Talks with the page that carries the frame: only with the one that the server let in, only in words we know.
import { start } from "./dom.js"

const listeners = {}
export const on = (type, listener) => void (listeners[type] = listener)
export const tell = (type, detail) => parent !== window && parent.postMessage({ hub: 1, type, ...detail }, start.site)

addEventListener("message", ({ origin, source, data }) => {
  const isTheirs = origin === start.site && source === parent && data?.hub === 1
  if (isTheirs && Object.hasOwn(listeners, data.type)) listeners[data.type](data)
})
