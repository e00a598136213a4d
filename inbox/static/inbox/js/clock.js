// Keeps every wait clock ticking, text inside [data-clock]. All in seconds: [data-gone] of working
// time when the page was made, [data-whole] up to the target, [data-open] "from-to" that lie ahead.
const EVERY = 30_000
const AMBER_FROM = 0.6

function spell(seconds, wide) {
  const minutes = Math.floor(seconds / 60)
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60]
  const [gap, minute] = wide ? [" ", "min"] : ["", "m"]
  if (days) return `${days}${gap}d ${hours}${gap}h`
  if (!hours) return `${rest || "<1"}${gap}${minute}`
  return rest ? `${hours}${gap}h ${rest}${gap}${minute}` : `${hours}${gap}h`
}

function worked(open, now) {
  let total = 0
  for (const [from, to] of open.split(" ").filter(Boolean).map((one) => one.split("-")))
    total += Math.max(0, Math.min(now, to || Infinity) - from)
  return total
}

function tick(wait, now) {
  const { gone, whole, open, form } = wait.dataset
  const seconds = Number(gone) + worked(open, now)
  const part = whole > 0 ? seconds / whole : Number(wait.classList.contains("bad"))
  wait.querySelector("[data-clock]").textContent = spell(seconds, form === "long")
  wait.querySelector("circle + circle")?.setAttribute("stroke-dasharray", `${Math.min(part, 1).toFixed(2)} 1`)
  wait.classList.toggle("bad", part >= 1)
  wait.classList.toggle("warn", part >= AMBER_FROM && part < 1)
  wait.classList.toggle("calm", part < AMBER_FROM)
}

function tickAll() {
  const now = Date.now() / 1000
  for (const wait of document.querySelectorAll(".wait[data-since]")) tick(wait, now)
}

setInterval(tickAll, EVERY)
document.addEventListener("visibilitychange", tickAll)
