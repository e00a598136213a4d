// What was read: a message that stood in view for a while, in a window that had the focus.
import { call, csrf } from "./call.js"

const SEEN_AFTER = 1_000
const thread = () => document.getElementById("thread")

const eye = new IntersectionObserver((seen) => seen.forEach(note), { threshold: [0, 0.25, 0.5, 1] })

function note({ target, intersectionRatio, intersectionRect, rootBounds }) {
  clearTimeout(Number(target.dataset.timer))
  const isSeen = intersectionRatio >= 0.5 || intersectionRect.height > (rootBounds?.height ?? 900) * 0.4
  if (isSeen) target.dataset.timer = setTimeout(() => read(target), SEEN_AFTER)
}

// from the press on until the page has gone
let staysUnread = false
document.addEventListener("click", (event) => (staysUnread ||= Boolean(event.target.closest("#unread-mark"))))

function read(entry) {
  if (!entry.isConnected || staysUnread) return
  eye.unobserve(entry)
  // who comes back to the window looks at it from then on
  if (!document.hasFocus()) return addEventListener("focus", () => eye.observe(entry), { once: true })
  const body = new URLSearchParams({ up_to: entry.dataset.at, quiet: "1" })
  call(thread().dataset.read, { method: "POST", body, headers: csrf(), keepalive: true }).catch(() => eye.observe(entry))
  const last = [...document.querySelectorAll(".entry[data-inbound]")].pop()
  if (entry === last) document.getElementById(`c-${thread().dataset.case}`)?.classList.remove("is-unread")
}

export function watch() {
  document.querySelectorAll(".entry:is([data-inbound], [data-mentions])").forEach((entry) => {
    if (!entry.dataset.watched) eye.observe(entry)
    entry.dataset.watched = "1"
  })
}
