// The page works without this: it keeps what is unsent, shows what is new, and the reader's own hours.
const LOOKS = 10_000 // ms between two looks
// one tab may see several people: what is unsent is nobody else's
const KEPT = `portal-text ${document.querySelector(".who small")?.textContent}`
const box = document.getElementById("text")
const feed = document.querySelector(".feed")
const entries = document.getElementById("entries")
const language = document.documentElement.lang

function hours() {
  for (const time of document.querySelectorAll("article time")) {
    time.textContent = new Date(time.dateTime).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
  }
}

function fit() {
  if (!box) return
  box.style.blockSize = "auto"
  box.style.blockSize = `${Math.min(box.scrollHeight, 160)}px`
}

async function look() {
  if (document.hidden) return
  const answer = await fetch(entries.dataset.url, { headers: { "If-None-Match": entries.dataset.mark }, cache: "no-store" }).catch(() => null)
  if (answer?.status === 401) return location.reload()
  if (answer?.status !== 200) return
  const html = await answer.text()
  const isLow = feed.scrollTop > -80 // the feed is laid out from below
  entries.innerHTML = html
  entries.dataset.mark = answer.headers.get("ETag")
  hours()
  if (isLow) feed.scrollTop = 0
}

if (new URLSearchParams(location.search).has("sent")) {
  sessionStorage.removeItem(KEPT)
  history.replaceState(null, "", location.pathname)
}
if (box) {
  box.value ||= sessionStorage.getItem(KEPT) ?? ""
  box.addEventListener("input", () => { sessionStorage.setItem(KEPT, box.value); fit() })
  fit()
}
document.querySelector("[data-out]")?.addEventListener("submit", () => sessionStorage.removeItem(KEPT))
document.querySelector(".files input")?.addEventListener("change", ({ target }) => {
  target.parentElement.querySelector("span").textContent = [...target.files].map((file) => file.name).join(", ")
})
hours()
if (entries?.dataset.url) {
  setInterval(look, LOOKS)
  document.addEventListener("visibilitychange", look)
}
