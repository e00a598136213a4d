// The socket: comes back by itself, says again what was not confirmed, asks only for what it has not heard.
import { start } from "./dom.js"
import { keep, kept } from "./store.js"
import { change, state } from "./state.js"
import * as unsent from "./unsent.js"

const [FIRST_PAUSE, LONGEST_PAUSE, FLOOD_PAUSE] = [500, 20_000, 60_000]
const SILENCE = 40_000
const ANSWER = 15_000
const [GONE, FOREIGN, FLOOD, ANEW] = [4401, 4403, 4429, 1012]
const hears = {}
const pauses = {}
let socket, silence, answer, shown
let [failures, isIn, isStarting, isSaying] = [0, false, false, false]
const waits = []
let later = [] // frames that need a token, until there is one

export const on = (type, listener) => void (hears[type] = listener)
export const token = () => kept("")
export const isOn = () => isIn

export function connect() {
  clearTimeout(pauses.connect)
  if (socket || state.stop) return
  const address = new URL(start.socket, location.href)
  address.protocol = address.protocol.replace("http", "ws")
  socket = new WebSocket(address)
  socket.onopen = () => put({ type: "hello", token: (shown = token()) ?? undefined, after: state.revision, locale: start.locale, site: start.site })
  socket.onmessage = ({ data }) => hear(JSON.parse(data))
  socket.onclose = lost
  listen()
}

export function again() {
  failures = 0
  change({ stop: null })
  if (socket) socket.close()
  else connect()
}

const put = (frame) => socket.send(JSON.stringify(frame))

// Says it now or not at all.
export const tell = (frame) => Boolean(isIn && token()) && (put(frame), true)

// Says it as soon as there is a token; whoever looks only has none.
export function need(frame) {
  if (frame) later.push(frame)
  if (!isIn) return connect()
  if (token()) return later.splice(0).forEach(put)
  if (!isStarting) put({ type: "start" })
  isStarting = true
}

// One after another: in their order, and no more of them than the hub takes.
export function flush() {
  const [next] = unsent.waiting()
  if (!next && !later.length) return
  need()
  if (next && !isSaying) isSaying = tell({ type: "say", id: next.uuid, text: next.text, files: next.files.map((file) => file.id) })
}

export function answered(pause = 0) {
  clearTimeout(pauses.say)
  pauses.say = setTimeout(() => ((isSaying = false), flush()), pause * 1000)
}

// Resolves as soon as there is a token.
export function ready() {
  need()
  return token() ? null : new Promise((resolve) => waits.push(resolve))
}

// Asks and waits: the frame that answers, or an error's.
export function ask(frame, ...types) {
  answer?.done({ type: "error", code: "try_again" })
  return new Promise((resolve) => {
    const done = (found) => (clearTimeout(timer), (answer = null), resolve(found))
    const timer = setTimeout(() => done({ type: "error", code: "offline" }), ANSWER)
    answer = { types, done }
    need(frame)
  })
}

function hear(frame) {
  listen()
  if (frame.type === "welcome") came(frame)
  if (frame.type === "token") (keep("", (shown = frame.token)), (isStarting = false), waits.splice(0).forEach((done) => done()))
  if (frame.type === "beat" && frame.revision > state.revision) behind(frame.revision)
  // another tab may have a new token already
  if (frame.type !== "token_gone" || token() === shown) hears[frame.type]?.(frame)
  if (["welcome", "token"].includes(frame.type)) flush()
  const isAnswer = frame.type === "error" ? !frame.id : answer?.types.includes(frame.type)
  if (answer && isAnswer) answer.done(frame)
}

function came({ expired }) {
  ;[failures, isIn, isStarting] = [0, true, false]
  if (expired) keep("", null)
}

// One beat may have overtaken what it counts; a second one behind means that something was lost.
let missed = 0
function behind(revision) {
  if (missed === state.revision) socket.close()
  missed = revision && state.revision
}

function listen() {
  clearTimeout(silence)
  silence = setTimeout(() => socket?.close(), SILENCE)
}

function lost({ code }) {
  clearTimeout(silence)
  ;[socket, isIn, isStarting, isSaying] = [null, false, false, false]
  answer?.done({ type: "error", code: "offline" })
  if (code === FOREIGN) return change({ stop: "error", link: "off" })
  if (code === GONE && token() === shown) hears.token_gone?.({})
  failures += 1
  change({ link: failures > 1 || state.entries.size || unsent.unsent().length ? "off" : "connecting" })
  const pause = code === FLOOD ? FLOOD_PAUSE : code === ANEW ? 1000 : Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1))
  pauses.connect = setTimeout(connect, pause * (0.5 + Math.random()))
}

addEventListener("online", again)
addEventListener("pageshow", (event) => event.persisted && again())
