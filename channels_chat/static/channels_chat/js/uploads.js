// Files on their way: each shows how far it is, can be stopped and tried again, and goes with the next message.
import { by, el, icon, show, size, start, word } from "./dom.js"
import { say } from "./said.js"
import { change } from "./state.js"
import * as wire from "./wire.js"

let all = []
const drawn = (one) => one.node

export const rows = () => all.map(drawn)
export const isBusy = () => all.some((one) => one.state === "going")

// The files that have arrived; they belong to the message that takes them.
export function take() {
  const done = all.filter((one) => one.state === "done").map((one) => one.file)
  all = all.filter((one) => one.state !== "done")
  return done
}

export function uploads() {
  for (const node of [by("attach"), by("files")]) show(node, node.id === "attach" && start.takes_files)
  if (!start.takes_files) return
  by("attach").addEventListener("click", () => by("files").click())
  by("files").addEventListener("change", ({ target }) => {
    add([...target.files])
    target.value = ""
  })
  by("words").addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return
    event.preventDefault()
    add([...event.clipboardData.files])
  })
  by("chat").addEventListener("dragover", (event) => event.preventDefault())
  by("chat").addEventListener("drop", (event) => {
    event.preventDefault()
    add([...event.dataTransfer.files])
  })
}

function add(files) {
  const free = start.limits.files - all.length
  if (files.length > free) say(word("too_many", { n: start.limits.files }))
  all = [...all, ...files.slice(0, Math.max(0, free)).map(begin)]
  change({})
}

function begin(file) {
  const one = { state: "going", source: file }
  const [said, bar] = [el("small"), el("progress", { max: 100, value: 0, attrs: { "aria-label": file.name } })]
  const again = el("button", { type: "button", className: "ib", hidden: true, attrs: { "aria-label": word("again") }, onclick: () => go(one) }, icon("refresh"))
  const stop = el("button", { type: "button", className: "ib", attrs: { "aria-label": word("cancel", { name: file.name }) }, onclick: () => end(one) }, icon("x"))
  one.node = el("div", { className: "up" }, thumbnail(file), el("div", { className: "up-t" }, el("b", { textContent: file.name }), said, bar), again, stop)
  Object.assign(one, { said, bar, again })
  go(one)
  return one
}

// What a browser cannot draw, such as a camera's own format, goes without.
function thumbnail(file) {
  if (!file.type.startsWith("image/")) return ""
  const done = ({ target }) => URL.revokeObjectURL(target.src)
  return el("img", { src: URL.createObjectURL(file), alt: "", onload: done, onerror: (event) => (done(event), event.target.remove()) })
}

function tell(one, state, text) {
  one.state = state
  one.said.textContent = text
  one.node.classList.toggle("fail", state === "fail")
  one.again.hidden = state !== "fail" || one.isRefused
  one.bar.hidden = state !== "going"
  change({})
}

async function go(one) {
  const { source } = one
  if (source.size > start.limits.file_size) {
    one.isRefused = true
    return tell(one, "fail", word("too_large", { size: size(start.limits.file_size) }))
  }
  tell(one, "going", word("uploading", { done: size(0), size: size(source.size) }))
  one.stop = new AbortController()
  const progress = (sent) => {
    one.bar.value = (100 * sent) / (source.size || 1)
    one.said.textContent = word("uploading", { done: size(sent), size: size(source.size) })
  }
  try {
    one.file = { ...(await upload(source, progress, one.stop.signal)), name: source.name, type: source.type, size: source.size }
    tell(one, "done", word("uploaded", { size: size(source.size) }))
  } catch (failure) {
    one.isRefused = Boolean(failure.isFinal)
    tell(one, "fail", failure.said ?? word("stuck"))
  }
}

function end(one) {
  one.stop?.abort()
  all = all.filter((other) => other !== one)
  change({})
}

// One file to the hub. XHR, since fetch tells nobody how far it is.
async function upload(file, progress, signal) {
  await wire.ready()
  return new Promise((resolve, reject) => {
    const [request, body] = [new XMLHttpRequest(), new FormData()]
    body.append("file", file)
    request.open("POST", start.files)
    request.setRequestHeader("Authorization", `Bearer ${wire.token()}`)
    request.responseType = "json"
    request.upload.onprogress = ({ loaded }) => progress(Math.min(loaded, file.size))
    request.onload = () => (request.status === 201 ? resolve(request.response) : reject(refusal(request)))
    request.onerror = request.ontimeout = () => reject({})
    signal.addEventListener("abort", () => request.abort())
    request.send(body)
  })
}

function refusal({ status, response }) {
  const said = word(`error_${response?.code}`) || (status === 413 ? word("too_large", { size: size(start.limits.file_size) }) : "")
  return { isFinal: status < 500 && status !== 429 && status !== 401, said: said || (status < 500 ? word("error_bad_file") : undefined) }
}
