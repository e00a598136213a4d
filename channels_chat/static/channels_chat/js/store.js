// What outlives a page: the visitor's token, what is unsent, a draft. Each channel has its own.
// Where a browser keeps nothing for a frame of another site, it lives as long as the page.
import { start } from "./dom.js"

const prefix = `omnihub.${start.key}`
const memory = new Map()
const name = (what) => (what ? `${prefix}.${what}` : prefix)

export function keep(what, value) {
  memory.set(name(what), value)
  try {
    if (value == null) localStorage.removeItem(name(what))
    else localStorage.setItem(name(what), JSON.stringify(value))
  } catch {
    // full or forbidden: the page has it
  }
}

// What another tab has kept meanwhile counts as well.
export function kept(what) {
  try {
    const found = localStorage.getItem(name(what))
    if (found !== null) return JSON.parse(found)
  } catch {
    // forbidden
  }
  return memory.get(name(what)) ?? null
}

export function all(what) {
  const found = new Set(memory.keys())
  try {
    Object.keys(localStorage).forEach((one) => found.add(one))
  } catch {
    // forbidden
  }
  return [...found].filter((one) => one.startsWith(`${name(what)}.`)).map((one) => kept(one.slice(prefix.length + 1))).filter(Boolean)
}
