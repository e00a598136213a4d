// Macros: / at the start of a line, or the button; find, insert at the caret, run what has no words.
const pop = () => document.getElementById("macro-pop")
const menu = () => document.getElementById("macro-menu")
const area = () => document.getElementById("text")
const items = () => [...document.querySelectorAll("#mac-list button")]
const shown = () => items().filter((item) => !item.parentElement.hidden)
// where the sign stands that opened the list
let slash = -1

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

// the sign that opened the list, and no other, goes with it
function close() {
  const box = area()
  const opened = slash
  slash = -1
  pop().open = false
  if (opened < 0 || box.value[opened] !== "/") return
  box.setRangeText("", opened, opened + 1, "preserve")
  box.dispatchEvent(new Event("input", { bubbles: true }))
}

function insert(item) {
  const box = area()
  close()
  box.setRangeText(item.dataset.text, box.selectionStart, box.selectionEnd, "end")
  box.form.elements.macro.value = item.dataset.macro
  box.focus()
  box.dispatchEvent(new Event("input", { bubbles: true }))
}

function choose(item) {
  if (!item) return
  if (!item.dataset.run) return insert(item)
  close()
  const seen = document.getElementById("thread").dataset.revision
  htmx.ajax("POST", item.dataset.run, { source: item, swap: "none", values: { seen } })
}

function move(by) {
  const all = shown()
  const next = all[Math.max(0, Math.min(all.length - 1, all.indexOf(document.activeElement) + by))]
  next?.focus()
}

function opens(at) {
  slash = at
  pop().open = true
}

function toggled({ target }) {
  if (target.id !== "macro-pop") return
  if (target.open) open()
  else slash = -1
}

document.addEventListener("toggle", toggled, true)
document.addEventListener("click", (event) => choose(event.target.closest?.("#mac-list button")))
document.addEventListener("input", ({ target }) => {
  if (target.matches?.(".mac-q")) find(target.value)
  // who empties the box does not mean the macro any more
  if (target.id === "text" && !target.value.trim()) target.form.elements.macro.value = ""
})
document.addEventListener("keydown", (event) => {
  if (event.target.id === "text" && event.key === "/" && pop()) {
    const before = event.target.value.slice(0, event.target.selectionStart)
    if (before === "" || before.endsWith("\n")) setTimeout(opens, 0, before.length)
  }
  if (event.key === "Escape" && pop()?.open && event.target.closest?.("#macro-menu, #text")) {
    event.stopImmediatePropagation()
    close()
    return area().focus()
  }
  if (!event.target.closest?.("#macro-menu")) return
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step) {
    event.preventDefault()
    move(step)
  } else if (event.key === "Enter" && event.target.matches(".mac-q")) {
    event.preventDefault()
    choose(shown()[0])
  }
})
document.addEventListener("composer:sent", () => {
  const field = document.querySelector("#composer [name=macro]")
  if (field) field.value = ""
})
