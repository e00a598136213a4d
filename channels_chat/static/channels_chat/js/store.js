// What outlives a page: the visitor's token, what is unsent, a draft. Each channel has its own.
// Where a browser keeps nothing for a frame of another site, a cookie of that site's own partition has the token
// (nobody reads it but this script), and the rest lives as long as the page.
import { start } from "./dom.js"

const prefix = `omnihub.${start.key}`
const memory = new Map()
const name = (what) => (what ? `${prefix}.${what}` : prefix)
const COOKIE = "omnihub_visitor"
const KEPT = 180 * 24 * 3600 // seconds

function bake(value) {
  const age = value == null ? 0 : KEPT
  document.cookie = `${COOKIE}=${value ?? ""}; Path=/w/${start.key}/; Max-Age=${age}; SameSite=None; Secure; Partitioned`
}

const baked = () => document.cookie.split("; ").find((one) => one.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) || null

// Who comes by a link is handed a token in a cookie of this very page: it is taken out at once.
export function takeOver() {
  const [name, found] = (document.cookie.split("; ").find((one) => one.startsWith("omnihub_go_on=")) ?? "").split("=")
  if (!found) return
  document.cookie = `${name}=; Path=${location.pathname}; Max-Age=0`
  keep("", found)
}

export function keep(what, value) {
  memory.set(name(what), value)
  try {
    if (value == null) localStorage.removeItem(name(what))
    else localStorage.setItem(name(what), JSON.stringify(value))
  } catch {
    if (!what) bake(value)
  }
}

// What another tab has kept meanwhile counts as well.
export function kept(what) {
  try {
    const found = localStorage.getItem(name(what))
    if (found !== null) return JSON.parse(found)
  } catch {
    if (!what && baked()) return baked()
  }
  return memory.get(name(what)) ?? null
}

export function all(what) {
  const found = new Set(memory.keys())
  try {
    Object.keys(localStorage).forEach((one) => found.add(one))
  } catch {
    // forbidden: the page has them
  }
  return [...found].filter((one) => one.startsWith(`${name(what)}.`)).map((one) => kept(one.slice(prefix.length + 1))).filter(Boolean)
}
