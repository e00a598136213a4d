// Choosing rows: how many, a range with shift, x and Escape.
const boxes = () => [...document.querySelectorAll(".rows .pick input")]
let last = null

function count() {
  const shown = document.querySelector("[data-chosen]")
  if (shown) shown.textContent = boxes().filter((box) => box.checked).length
}

function range(from, to, checked) {
  const all = boxes()
  const [first, second] = [all.indexOf(from), all.indexOf(to)].sort((a, b) => a - b)
  if (first >= 0) for (const box of all.slice(first, second + 1)) box.checked = checked
}

function here() {
  const row = document.activeElement?.closest(".row") ?? document.querySelector(".row[data-current]")
  return row?.querySelector(".pick input")
}

document.addEventListener("list:pick", ({ detail }) => {
  const box = here()
  if (!box) return
  box.checked = detail?.range ? true : !box.checked
  if (detail?.range && last) range(last, box, true)
  last = box
  count()
})
document.addEventListener("click", (event) => {
  const box = event.target.closest?.(".pick input")
  if (!box) return
  if (event.shiftKey && last) range(last, box, box.checked)
  last = box
  count()
})
// whoever is done choosing has chosen nothing
document.addEventListener("change", ({ target }) => {
  if (target.id === "picks") target.checked ? count() : document.getElementById("bulk").reset()
})
document.addEventListener("reset", (event) => event.target.id === "bulk" && setTimeout(count))
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || ![...boxes(), document.getElementById("picks")].some((box) => box?.checked) || event.target.closest?.("dialog, .pop[open], textarea")) return
  event.stopImmediatePropagation()
  document.getElementById("bulk").reset()
}, true)
