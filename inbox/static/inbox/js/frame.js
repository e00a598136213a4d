// Gives each mail's frame the height of what it holds; scripts never run inside it.
const LEAST = 24
const MOST = 12_000

function fit(frame) {
  const inside = frame.contentDocument?.documentElement
  if (!inside) return
  tellOpened(frame, inside.querySelectorAll("details[open]").length)
  const height = Math.min(MOST, Math.max(LEAST, inside.querySelector("body")?.scrollHeight ?? 0))
  frame.style.height = `${height + 4}px`
}

// The thread learns of what is opened in a frame as of what is opened beside it.
function tellOpened(frame, count) {
  if (count > Number(frame.dataset.opened ?? 0)) frame.dispatchEvent(new Event("toggle"))
  frame.dataset.opened = count
}

// What was asked for is no longer blocked.
function told(frame) {
  const notice = frame.nextElementSibling
  if (notice?.classList.contains("remote")) notice.hidden = true
}

function watch(frame) {
  if (frame.dataset.watched) return
  frame.dataset.watched = "1"
  const start = () => {
    fit(frame)
    if (frame.contentDocument?.URL.endsWith("?images=1")) told(frame)
    const body = frame.contentDocument?.body
    if (body) new ResizeObserver(() => fit(frame)).observe(body)
  }
  frame.addEventListener("load", start)
  if (frame.contentDocument?.readyState === "complete") start()
}

document.addEventListener("htmx:load", (event) => {
  event.target.querySelectorAll?.(".mail-frame").forEach(watch)
})
