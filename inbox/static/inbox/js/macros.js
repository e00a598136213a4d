// Macros: / at the start of a line, or the button; find, insert at the caret, run what has no words.
const pop = () => document.getElementById("macro-pop")
const menu = () => document.getElementById("macro-menu")
const area = () => document.getElementById("text")
const items = () => [...document.querySelectorAll("#mac-list button")]
const shown = () => items().filter((item) => !item.parentElement.hidden)

async function open() {
  const into = menu()
  if (!into.dataset.loaded) {
    await htmx.ajax("GET", into.dataset.url, { target: into, swap: "innerHTML" })
    into.dataset.loaded = "1"
  }
  const here = document.activeElement
  if (pop().contains(here) || here === area()) into.querySelector(".mac-q")?.focus()
}

// every letter in its order, so that "rfd" finds "Refund"
function fits(words, query) {
  let at = -1
  return [...query.toLowerCase().replaceAll(" ", "")].every((letter) => (at = words.indexOf(letter, at + 1)) >= 0)
}

function find(query) {
  for (const item of items()) item.parentElement.hidden = !fits(item.textContent.toLowerCase(), query)
}

function insert(item) {
  const box = area()
  const from = box.value.slice(0, box.selectionStart).endsWith("/") ? box.selectionStart - 1 : box.selectionStart
  box.setRangeText(item.dataset.text, from, box.selectionEnd, "end")
  box.form.elements.macro.value = item.dataset.macro
  pop().open = false
  box.focus()
  box.dispatchEvent(new Event("input", { bubbles: true }))
}

function choose(item) {
  if (!item) return
  if (!item.dataset.run) return insert(item)
  pop().open = false
  htmx.ajax("POST", item.dataset.run, { source: item, swap: "none" })
}

function move(by) {
  const all = shown()
  const next = all[Math.max(0, Math.min(all.length - 1, all.indexOf(document.activeElement) + by))]
  next?.focus()
}

document.addEventListener("toggle", (event) => event.target.id === "macro-pop" && event.target.open && open(), true)
document.addEventListener("click", (event) => choose(event.target.closest?.("#mac-list button")))
document.addEventListener("input", ({ target }) => {
  if (target.matches?.(".mac-q")) find(target.value)
  // who empties the box does not mean the macro any more
  if (target.id === "text" && !target.value.trim()) target.form.elements.macro.value = ""
})
document.addEventListener("keydown", (event) => {
  if (event.target.id === "text" && event.key === "/" && pop()) {
    const before = event.target.value.slice(0, event.target.selectionStart)
    if (before === "" || before.endsWith("\n")) setTimeout(() => (pop().open = true))
  }
  if (!event.target.closest?.("#macro-menu")) return
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step) {
    event.preventDefault()
    move(step)
  } else if (event.key === "Enter" && event.target.matches(".mac-q")) {
    event.preventDefault()
    choose(shown()[0])
  } else if (event.key === "Escape") {
    event.stopPropagation()
    pop().open = false
    area().focus()
  }
})
document.addEventListener("composer:sent", () => {
  const field = document.querySelector("#composer [name=macro]")
  if (field) field.value = ""
})
