// The screens of a film, or of several photos, on their way.
import { keep } from "./awake.js"
import { look } from "./clip.js"
import { amount, by, find, hour, left, length, say, size, start, tell, turn, word } from "./dom.js"
import * as note from "./note.js"
import { Upload } from "./tus.js"

const KEPT = "omnihub.upload"
const BEHIND = 8_000
const QUARTER = 25
const bar = find(".u-bar")
let upload, counting

const printOf = (file) => [location.pathname, file.name, file.size, file.lastModified].join("\n")

// What this tab was sending when it was loaded anew: its fingerprint and address.
const kept = () => JSON.parse(sessionStorage.getItem(KEPT) ?? "null")
export const wasReloaded = () => kept()?.print.startsWith(`${location.pathname}\n`) ?? false

function unfit(what, why) {
  find("[data-unfit]").textContent = word(what)
  find("[data-why]").textContent = why === "" ? "" : word(`${what}_why`, { size: why })
  find("[data-cut]").hidden = what === "empty" // nothing to cut
  turn("unfit")
}

export async function send(files) {
  upload?.stop({ isCalledOff: false })
  const isFilm = !files[0].type.startsWith("image/")
  const large = files.find((file) => file.size > start.largest)
  if (large) return unfit("too_large", size(large.size))
  if (files.some((file) => !file.size)) return unfit("empty")
  const seconds = await look(files[0])
  if (isFilm && seconds > start.longest + 1) return unfit("too_long", length(seconds))
  tell("")
  const whole = files.reduce((sum, file) => sum + file.size, 0)
  const meter = metered(whole)
  lost(false)
  turn("sending")
  keep(true)
  let before = 0
  try {
    for (const file of files) {
      await one(file, (done) => meter(before + done))
      before += file.size
    }
    received(isFilm, files.length, seconds)
  } catch (fault) {
    if (fault === undefined) return
    refused(fault)
  }
}

async function one(file, progress) {
  const print = printOf(file)
  const known = kept()
  const hears = {
    progress,
    lost: (how) => lost(true, how),
    back: () => lost(false),
    last: note.settled,
    begun(url) {
      sessionStorage.setItem(KEPT, JSON.stringify({ print, url }))
      note.about(url)
    },
  }
  const url = known?.print === print ? known.url : undefined
  if (url) note.about(url)
  upload = new Upload(file, hears, { files: start.files, url })
  await upload.run()
  sessionStorage.removeItem(KEPT)
}

// Draws how far it is; `quarters` are said aloud.
function metered(whole) {
  const samples = []
  let quarter = 0
  return (done) => {
    const now = performance.now()
    samples.push([now, done])
    while (samples.length > 2 && now - samples[0][0] > BEHIND) samples.shift()
    const [[at, from]] = samples
    const rate = (done - from) / (now - at)
    const percent = Math.floor((done / whole) * 100)
    find("[data-percent]").textContent = bar.value = percent
    amount(find("[data-done]"), counting ? "safe" : "of", done, whole)
    if (!counting) find("[data-left]").textContent = left(rate > 0 ? (whole - done) / rate / 1000 : NaN)
    if (percent < quarter + QUARTER || percent === 100) return
    quarter = percent - (percent % QUARTER)
    say(word("percent", { n: quarter }))
  }
}

function lost(isOff, { seconds, isBusy } = {}) {
  clearInterval(counting)
  const was = Boolean(find("#sending").dataset.off)
  for (const node of document.querySelectorAll("#sending [data-on]")) node.hidden = isOff
  for (const node of document.querySelectorAll("#sending [data-off]")) node.hidden = !isOff
  if (isOff) find("#sending").dataset.off = "yes"
  else delete find("#sending").dataset.off
  bar.classList.toggle("run", !isOff)
  by("clip").classList.toggle("dim", isOff)
  if (!isOff) {
    counting = 0
    if (was) find("[data-left]").textContent = word("soon")
    return was && say(word("back"))
  }
  const [title, why] = find(".u-msg[data-off]").children
  const name = isBusy ? "busy" : "lost"
  if (title.textContent !== word(name)) [title.textContent, why.textContent] = [word(name), word(`${name}_why`)]
  if (!was && document.activeElement?.closest("[hidden]")) by("retry").focus()
  const end = Date.now() + seconds * 1000
  const count = () => (find("[data-left]").textContent = end > Date.now() ? word("retry", { n: Math.ceil((end - Date.now()) / 1000) }) : word("now"))
  counting = setInterval(count, 500)
  count()
}

function received(isFilm, number, seconds) {
  done()
  note.clear()
  find("[data-what]").textContent = word(isFilm ? "film" : number > 1 ? "photos" : "photo", { n: number })
  find("[data-when]").textContent = [hour(), seconds && length(seconds)].filter(Boolean).join(", ")
  turn("received")
}

function refused(fault) {
  done()
  sessionStorage.removeItem(KEPT)
  if (fault.isGone) return location.reload() // the link ended: the page says how
  if (fault.status === 413) return unfit("too_large", "")
  tell(fault.words || word("cannot"))
  turn("start")
}

function done() {
  lost(false)
  keep(false)
  upload = undefined
}

export const again = () => upload?.again()

export function callOff() {
  upload?.stop({ isCalledOff: true })
  done()
  sessionStorage.removeItem(KEPT)
  note.clear()
  tell(word("called_off"))
  turn("start")
}
