// Words, numbers and screens. Whatever came from outside reaches the page as text, never as markup.
export const start = JSON.parse(document.getElementById("start-data").textContent)
export const by = (id) => document.getElementById(id)
export const find = (selector) => document.querySelector(selector)
const MB = 2 ** 20
const GB = 2 ** 30
const lang = document.documentElement.lang
const clock = new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })

// A sentence of the server's, its {names} filled in.
export function word(name, values = {}) {
  return (start.words[name] ?? "").replace(/\{(\w+)\}/g, (all, key) => values[key] ?? all)
}

const decimal = (number, most) => number.toLocaleString(lang, { maximumFractionDigits: most })
const unit = (bytes) => (bytes >= GB ? [GB, "GB", 2] : [MB, "MB", bytes < 10 * MB ? 1 : 0])

export function size(bytes) {
  const [one, name, most] = unit(bytes)
  return `${decimal(bytes / one, most)} ${name}`
}

// `24 of 38 MB`, what is done in bold: `name` is the sentence.
export function amount(node, name, done, all) {
  const [one, , most] = unit(all)
  const bold = document.createElement("b")
  bold.textContent = decimal(done / one, most)
  const [before, after] = word(name, { size: size(all) }).split("{done}")
  node.replaceChildren(before, bold, after ?? "")
}

export const hour = () => clock.format(new Date())
export const length = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`

export function left(seconds) {
  if (!Number.isFinite(seconds)) return word("soon")
  return seconds < 90 ? word("left", { n: Math.max(1, Math.round(seconds)) }) : word("left_minutes", { n: Math.round(seconds / 60) })
}

// One screen at a time; who does not look hears its heading.
export function turn(id) {
  for (const screen of document.querySelectorAll(".screen")) screen.hidden = screen.id !== id
  scrollTo(0, 0)
  find(`#${id} h1`).focus()
}

export const say = (text) => void (by("said").textContent = text)

export function tell(text) {
  by("told").textContent = text
  by("told").hidden = !text
}
