// The list: moving with j and k, marking the open row, going on when a case leaves the queue.
const rows = () => [...document.querySelectorAll(".row-main")]
const stage = () => document.getElementById("main")
const isHere = (link) => link.pathname + link.search === location.pathname + location.search // a hit of a search
const inList = () => document.activeElement?.closest(".row")?.querySelector(".row-main")

function step(by) {
  const all = rows()
  const here = all.indexOf(inList() ?? document.querySelector('.row-main[aria-current="true"]'))
  const next = all[Math.min(all.length - 1, Math.max(0, here + by))]
  next?.focus()
  next?.scrollIntoView({ block: "nearest" })
}

function mark(number) {
  for (const link of rows()) {
    const row = link.closest(".row")
    const isOpen = row.id === `c-${number}` || isHere(link)
    row.toggleAttribute("data-current", isOpen)
    isOpen ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")
  }
}

// the rows on both sides of an action's own: the bell may take that one away before the answer comes
let beside = []
const sides = (row) => [row.nextElementSibling?.id, row.previousElementSibling?.id]

function leave(number) {
  const row = document.getElementById(`c-${number}`)
  const next = (row ? sides(row) : beside).map((id) => document.getElementById(id)?.querySelector(".row-main")).find(Boolean)
  row?.remove()
  if (next) {
    next.focus()
    next.click()
  } else location.assign(document.querySelector(".tabs [aria-current], .nav [aria-current]")?.href ?? "/inbox/")
}

// an action's answer brings the case's row along only where the list shows it
document.addEventListener("htmx:configRequest", (event) => {
  const number = event.detail.path.match(/\/c\/(\d+)\//)?.[1]
  const row = document.getElementById(`c-${number}`)
  if (!row) return
  event.detail.headers["X-Row-Shown"] = "yes"
  beside = sides(row)
})
document.addEventListener("list:step", (event) => step(event.detail))
document.addEventListener("case:left", (event) => leave(event.detail.case))
document.addEventListener("htmx:afterSwap", (event) => {
  const thread = document.getElementById("thread")
  if (event.detail.target?.id !== "pane" || !thread) return
  stage().dataset.view = "thread"
  mark(thread.dataset.case)
})
document.addEventListener("click", (event) => {
  const way = event.target.closest("#to-customer, #from-customer")
  if (!way) return
  event.preventDefault()
  const shows = stage().dataset.view === "customer"
  stage().dataset.view = shows ? "thread" : "customer"
  document.getElementById(shows ? "to-customer" : "from-customer")?.focus()
})
