// The tab's socket. It hears what moved, by number, and says so as events; the page asks for the rest.
// While there is none, or nothing is heard, the page is told to look for itself now and then.
import { tell } from "./call.js"
import { shown } from "./rows.js"

const LOOK_EVERY = 15_000
const LONGEST_SILENCE = 60_000
const [FIRST_PAUSE, LONGEST_PAUSE] = [500, 30_000]
const SAY_AFTER = 200
const MOST = 500
const SIGNED_OUT = 4401
const address = `${location.protocol.replace("http", "ws")}//${location.host}/ws/inbox/`
const isOn = () => document.body.dataset.live === "on"
let socket, failures, heard, waits, says, last

function connect() {
  clearTimeout(waits)
  if (socket) return
  socket = new WebSocket(address)
  socket.onmessage = ({ data }) => hear(JSON.parse(data))
  socket.onclose = lost
}

function hear(frame) {
  heard = Date.now()
  if (frame.type === "hello") {
    failures = 0
    document.body.dataset.live = "on"
    last = ""
    say()
  }
  if (["hello", "gap", "rights"].includes(frame.type)) tell("live:again")
  else tell(`live:${frame.type}`, frame)
}

function lost({ code }) {
  socket = null
  if (code === SIGNED_OUT) tell("hub:signed-out")
  document.body.dataset.live = "off"
  failures = (failures ?? 0) + 1
  const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1))
  waits = setTimeout(connect, pause * (0.5 + Math.random() / 2))
}

// What this tab shows, so that it is told when something of it goes away.
function say() {
  const open = document.getElementById("thread")?.dataset.case
  const said = JSON.stringify({ type: "shows", case: Number(open) || null, rows: shown().slice(0, MOST) })
  if (!isOn() || said === last) return
  last = said
  socket.send(said)
}

function saySoon() {
  clearTimeout(says)
  says = setTimeout(say, SAY_AFTER)
}

function look() {
  if (isOn() && Date.now() - heard > LONGEST_SILENCE) socket.close()
  if (!document.hidden && !isOn()) tell("live:again")
}

function back() {
  if (document.hidden) return
  connect()
  tell("live:again")
}

document.addEventListener("tab:does", ({ detail }) => isOn() && socket.send(JSON.stringify({ type: "does", ...detail })))
for (const name of ["htmx:load", "list:drawn"]) document.addEventListener(name, saySoon)
document.addEventListener("visibilitychange", back)
document.addEventListener("hub:signed-in", back)
addEventListener("online", back)
addEventListener("pageshow", (event) => event.persisted && back())
setInterval(look, LOOK_EVERY)
connect()
