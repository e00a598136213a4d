// Puts the frame together: the page that carries it, the hub behind it, and the two views.
import { by, show, start, word } from "./dom.js"
import { enter } from "./cards.js"
import { chat } from "./chat.js"
import { compose, focus } from "./composer.js"
import * as emoji from "./emoji.js"
import { toEnd } from "./feed.js"
import { home } from "./home.js"
import * as host from "./host.js"
import { alarm, say } from "./said.js"
import { takeOver } from "./store.js"
import { change, onChange, state } from "./state.js"
import * as thread from "./thread.js"
import * as unsent from "./unsent.js"
import * as uploads from "./uploads.js"
import * as wire from "./wire.js"

let [isShown, looked, told] = [parent === window, false, ""]

function go(view) {
  change({ view })
  queueMicrotask(() => {
    if (view === "home") return by("greeting").focus()
    toEnd()
    if (!state.stop) focus()
    look()
  })
}

// What is on the screen has been read.
function look() {
  const isLooking = isShown && state.view === "chat" && !document.hidden
  if (isLooking !== looked && wire.tell({ type: "looks", on: isLooking })) looked = isLooking
  if (isLooking) thread.seen()
}

function send(text) {
  if (uploads.isBusy()) return say(word("wait_for_files"))
  const files = uploads.take()
  if (!text && !files.length) return false
  unsent.put(text, files)
  change({ thanks: "" })
  wire.flush()
  queueMicrotask(toEnd)
  return true
}

function retry(uuid) {
  unsent.mark(uuid, "pend")
  wire.flush()
  change({})
}

function draw(now) {
  for (const view of ["home", "chat"]) show(by(view), !now.stop && now.view === view)
  show(by("stop"), Boolean(now.stop))
  if (now.stop) stop(now.stop)
  home(now)
  chat({ ...now, retry, older: thread.older })
  unread(now.unread)
  look()
}

function stop(code) {
  by("stop-said").textContent = word(`stop_${code}`)
  by("stop-does").textContent = word(`stop_${code}_does`)
  by("stop-does").onclick = () => (code === "blocked" ? host.tell("close") : wire.again())
}

function unread(number) {
  const label = number ? `${word("open")}, ${word("unread", { n: number })}` : word("open")
  if (label === told) return
  told = label
  host.tell("unread", { number, label })
}

function escape(event) {
  if (event.key !== "Escape" || emoji.close()) return
  host.tell("close")
}

function paint() {
  for (const [name, value] of Object.entries(start.shades)) document.documentElement.style.setProperty(`--${name}`, value)
}

function listen() {
  host.on("open", ({ on }) => {
    isShown = on
    if (!on) return look()
    wire.connect()
    if (state.view === "chat") focus()
    else by("greeting").focus()
    look()
  })
  host.on("identify", ({ token }) => thread.identify(String(token)))
  host.on("reset", thread.forget)
  host.on("locale", ({ lang }) => location.replace(`?${new URLSearchParams({ site: start.site, lang })}`))
  host.on("article", ({ url, title, helpful }) => wire.need({ type: "page", url: String(url), title: String(title), helpful: helpful ?? null }))
  host.on("video", () => (go("chat"), start.takes_video ? wire.need({ type: "video", id: crypto.randomUUID() }) : say(word("video"))))
}

function hello() {
  const side = start.position === "left" ? ";--l:20px;--r:auto" : ""
  const style = `--b:${start.shades["brand-l"]};--o:${start.shades["on-l"]}${side}`
  host.tell("hello", { style, label: word("open"), title: start.name })
}

paint()
onChange(draw)
compose({ send, typing: (on) => wire.tell({ type: "typing", on }) })
uploads.uploads()
thread.listen({
  joined: () => (looked = false),
  came(entry) {
    say(word("came", { name: entry.author, text: entry.text || word("a_file") }))
    host.tell("message", { from: entry.author })
  },
  failed(why) {
    alarm(why)
    host.tell("error", { code: "not_sent" })
  },
  refused: (code) => host.tell("error", { code }),
})
for (const button of document.querySelectorAll("[data-chat]")) button.addEventListener("click", () => go("chat"))
for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => host.tell("close"))
by("back").addEventListener("click", () => go("home"))
by("now").addEventListener("click", wire.again)
by("by-mail").addEventListener("click", () => (change({ asks: "address" }), enter()))
addEventListener("keydown", escape)
document.addEventListener("visibilitychange", look)
listen()
Object.assign(state, { team: start.team })
if (start.here) (takeOver(), go("chat"))
draw(state)
hello()
// who only looks needs no socket until they open it
if (isShown || wire.token() || unsent.waiting().length) wire.connect()
