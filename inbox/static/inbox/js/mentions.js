// @name in a note: colleagues and teams that fit, chosen with arrows and Enter, or a click.
const MOST = 8
const list = () => document.getElementById("at-list")
const box = () => document.getElementById("note")
const shown = () => [...list().children].filter((one) => !one.hidden)
const begun = (area) => area.value.slice(0, area.selectionStart).match(/(?:^|[\s(])@([\p{L}\p{N} .'-]{0,40})$/u)?.[1]

function close() {
  list().hidden = true
  box().removeAttribute("aria-activedescendant")
}

function mark(one) {
  for (const other of list().children) other.setAttribute("aria-selected", other === one)
  box().setAttribute("aria-activedescendant", one.id)
  one.scrollIntoView({ block: "nearest" })
}

function offer() {
  const typed = begun(box())?.toLowerCase()
  if (typed === undefined) return close()
  let left = MOST
  for (const one of list().children) {
    const name = one.dataset.name.toLowerCase()
    const fits = name.startsWith(typed) || name.includes(` ${typed}`)
    one.hidden = !fits || left-- <= 0
  }
  const [first] = shown()
  list().hidden = !first
  first ? mark(first) : close()
}

function take(one) {
  const area = box()
  const at = area.selectionStart - begun(area).length
  area.setRangeText(`${one.dataset.name} `, at, area.selectionStart, "end")
  close()
  area.focus()
  area.dispatchEvent(new Event("input", { bubbles: true }))
}

function move(by) {
  const all = shown()
  const here = all.findIndex((one) => one.getAttribute("aria-selected") === "true")
  mark(all[(here + by + all.length) % all.length])
}

document.addEventListener("input", ({ target }) => target.id === "note" && offer())
document.addEventListener("mousedown", (event) => {
  const one = event.target.closest?.("#at-list li")
  if (!one) return
  event.preventDefault()
  take(one)
})
document.addEventListener("focusout", ({ target }) => target.id === "note" && close())
document.addEventListener("keydown", (event) => {
  if (event.target.id !== "note" || list().hidden || event.metaKey || event.ctrlKey) return
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step) move(step)
  else if (event.key === "Enter" || event.key === "Tab") take(list().querySelector('[aria-selected="true"]'))
  else if (event.key === "Escape") close()
  else return
  event.preventDefault()
  event.stopImmediatePropagation()
}, true)
