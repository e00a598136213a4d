// Nodes and words. Whatever people wrote reaches the page as text, never as markup.
const SVG = "http://www.w3.org/2000/svg"
export const start = JSON.parse(document.getElementById("start").textContent)
export const by = (id) => document.getElementById(id)

// A node: properties are set, `data` becomes data-*, `aria…` and other attributes go by `attrs`.
export function el(tag, { data, attrs, ...props } = {}, ...children) {
  const node = Object.assign(document.createElement(tag), props)
  Object.assign(node.dataset, data)
  for (const [name, value] of Object.entries(attrs ?? {})) node.setAttribute(name, value)
  node.append(...children.filter((child) => child !== "" && child != null))
  return node
}

export function icon(name) {
  const [svg, use] = [document.createElementNS(SVG, "svg"), document.createElementNS(SVG, "use")]
  svg.setAttribute("class", "i")
  svg.setAttribute("aria-hidden", "true")
  use.setAttribute("href", `#i-${name}`)
  svg.append(use)
  return svg
}

// Somebody's initials on a colour of their own.
export function avatar(name) {
  const initials = name.split(/\s+/).map((part) => [...part][0] ?? "")
  const hue = [...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 7)
  const node = el("span", { className: "av", textContent: (initials[0] + (initials.length > 1 ? initials.at(-1) : "")).toUpperCase(), attrs: { "aria-hidden": "true" } })
  node.style.setProperty("--h", hue)
  return node
}

// A sentence of the server's, its {names} filled in. `name.one` stands for a number of one.
export function word(name, values = {}) {
  const said = (values.n === 1 && start.words[`${name}.one`]) || start.words[name] || ""
  return said.replace(/\{(\w+)\}/g, (all, key) => values[key] ?? all)
}

export const show = (node, isShown) => void (node.hidden = !isShown)
const lang = document.documentElement.lang
const clock = new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
const date = new Intl.DateTimeFormat(lang, { weekday: "long", day: "numeric", month: "long" })
const weekday = new Intl.DateTimeFormat(lang, { weekday: "long" })
const relative = new Intl.RelativeTimeFormat(lang, { numeric: "auto" })
const midnight = (at) => new Date(at).setHours(0, 0, 0, 0)
export const hour = (at) => clock.format(new Date(at))

const apart = (at) => Math.round((midnight(at) - midnight(Date.now())) / 864e5)

export function day(at) {
  const said = apart(at) > -2 ? relative.format(apart(at), "day") : date.format(new Date(at))
  return said[0].toUpperCase() + said.slice(1)
}

// A moment to come, as short as it is clear.
export function moment(at) {
  const days = apart(at)
  const said = days < 2 ? relative.format(days, "day") : (days < 7 ? weekday : date).format(new Date(at))
  return days ? `${said}, ${hour(at)}` : hour(at)
}

const UNITS = ["B", "kB", "MB", "GB"]
export function size(bytes) {
  let [left, unit] = [bytes, 0]
  while (left >= 1000 && unit < UNITS.length - 1) [left, unit] = [left / 1000, unit + 1]
  return `${left.toLocaleString(lang, { maximumFractionDigits: left < 10 && unit ? 1 : 0 })} ${UNITS[unit]}`
}
