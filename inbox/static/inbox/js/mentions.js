// @name: colleagues and teams that fit, chosen with arrows and Enter, or a click. An answer becomes a note by it.
const MOST = 8
const list = () => document.getElementById("at-list")
const shown = () => [...list().children].filter((one) => !one.hidden)
const begun = (area) => area.value.slice(0, area.selectionStart).match(/(?:^|[\s(])@([\p{L}\p{N} .'-]{0,40})$/u)?.[1]
let box

function close() {
  list().hidden = true
  box.removeAttribute("aria-activedescendant")
}

function mark(one) {
  for (const other of list().children) other.setAttribute("aria-selected", other === one)
  box.setAttribute("aria-activedescendant", one.id)
  one.scrollIntoView({ block: "nearest" })
}

function offer(area) {
  box = area
  const typed = begun(box)?.toLowerCase()
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
  const at = box.selectionStart - begun(box).length
  box.setRangeText(`${one.dataset.name} `, at, box.selectionStart, "end")
  close()
  if (box.id === "text") turn()
  box.focus()
  changed()
}

const changed = () => box.dispatchEvent(new Event("input", { bubbles: true }))

function turn() {
  const words = box.value
  box.value = ""
  changed()
  document.getElementById("kind-note").click()
  box = document.getElementById("note")
  box.value += (box.value && "\n") + words
}

function move(by) {
  const all = shown()
  const here = all.findIndex((one) => one.getAttribute("aria-selected") === "true")
  mark(all[(here + by + all.length) % all.length])
}

document.addEventListener("input", ({ target }) => target.matches("#note, #text") && offer(target))
document.addEventListener("mousedown", (event) => {
  const one = event.target.closest?.("#at-list li")
  if (!one) return
  event.preventDefault()
  take(one)
})
document.addEventListener("focusout", ({ target }) => target === box && close())
document.addEventListener("keydown", (event) => {
  if (event.target !== box || list().hidden || event.metaKey || event.ctrlKey) return
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step) move(step)
  else if (event.key === "Enter" || event.key === "Tab") take(list().querySelector('[aria-selected="true"]'))
  else if (event.key === "Escape") close()
  else return
  event.preventDefault()
  event.stopImmediatePropagation()
}, true)
