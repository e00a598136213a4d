// Keeps every wait clock ticking: [data-since] with [data-due], text inside [data-clock].
const EVERY = 30_000
const AMBER_FROM = 0.6

function spell(ms, wide) {
  const minutes = Math.max(0, Math.floor(ms / 60_000))
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60]
  const [gap, minute] = wide ? [" ", "min"] : ["", "m"]
  if (days) return `${days}${gap}d ${hours}${gap}h`
  if (!hours) return `${rest || "<1"}${gap}${minute}`
  return rest ? `${hours}${gap}h ${rest}${gap}${minute}` : `${hours}${gap}h`
}

function share(since, due, now) {
  return due > since ? (now - since) / (due - since) : 0
}

function tick(wait, now) {
  const since = Date.parse(wait.dataset.since)
  const part = share(since, Date.parse(wait.dataset.due), now)
  wait.querySelector("[data-clock]").textContent = spell(now - since, wait.dataset.form === "long")
  wait.querySelector("circle + circle")?.setAttribute("stroke-dasharray", `${Math.min(part, 1).toFixed(2)} 1`)
  wait.classList.toggle("bad", part >= 1)
  wait.classList.toggle("warn", part >= AMBER_FROM && part < 1)
  wait.classList.toggle("calm", part < AMBER_FROM)
}

function tickAll() {
  const now = Date.now()
  for (const wait of document.querySelectorAll("[data-since]")) tick(wait, now)
}

setInterval(tickAll, EVERY)
document.addEventListener("visibilitychange", tickAll)
