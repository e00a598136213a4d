// One file on its way by tus 1.0.0: piece by piece, from where the hub has it safe, however often the signal goes.
import { ask, Fault } from "./ask.js"

const MB = 2 ** 20
const [FIRST, SMALLEST, LARGEST] = [5 * MB, MB / 2, 8 * MB]
const [FAST, SLOW] = [4_000, 15_000]
const PAUSES = [0, 1, 3, 5, 10, 30]
const TUS = { "Tus-Resumable": "1.0.0" }
const packed = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)))

// hears: progress(bytes), lost({ seconds, isBusy }), back(), begun(url), last() before the last piece
export class Upload {
  #file
  #hears
  #piece = FIRST
  #failures = 0
  #request
  #wake
  offset = 0
  isOver = false

  constructor(file, hears, { files, url }) {
    this.#file = file
    this.#hears = hears
    this.files = files
    this.url = url
  }

  // Resolves once all of it is safe. Raises Fault where nothing helps, undefined where it was called off.
  async run() {
    let isAsking = Boolean(this.url)
    addEventListener("online", this.again)
    try {
      while (!this.isOver) {
        try {
          if (!this.url) await this.#create()
          else if (isAsking) await this.#look()
          isAsking = false
          while (this.offset < this.#file.size) await this.#put()
          return
        } catch (fault) {
          if (!(fault instanceof Fault)) throw fault
          if (this.isOver) break
          if (fault.isFinal || (fault.isGone && !this.url)) throw fault
          if (fault.isGone) this.#forget() // it ran out: from the start
          else isAsking = await this.#pause(fault)
        }
      }
    } finally {
      removeEventListener("online", this.again)
    }
    throw undefined
  }

  async #create() {
    const { name, type, size } = this.#file
    const meta = Object.entries({ filename: name, filetype: type }).filter(([, value]) => value)
    const headers = { ...TUS, "Upload-Length": size, "Upload-Metadata": meta.map(([key, value]) => `${key} ${packed(value)}`).join(",") }
    const answer = await this.#ask("POST", this.files, { headers })
    this.url = new URL(answer.getResponseHeader("Location"), location.href).pathname
    this.offset = 0
    this.#hears.begun(this.url)
    this.#came()
  }

  async #look() {
    const answer = await this.#ask("HEAD", this.url, { headers: TUS })
    this.offset = Number(answer.getResponseHeader("Upload-Offset"))
    this.#hears.progress(this.offset)
    this.#came()
  }

  async #put() {
    const end = Math.min(this.offset + this.#piece, this.#file.size)
    if (end === this.#file.size) await this.#hears.last()
    const began = performance.now()
    const headers = { ...TUS, "Content-Type": "application/offset+octet-stream", "Upload-Offset": this.offset }
    const progress = (loaded) => this.#hears.progress(this.offset + loaded)
    const answer = await this.#ask("PATCH", this.url, { headers, body: this.#file.slice(this.offset, end), progress })
    this.offset = Number(answer.getResponseHeader("Upload-Offset"))
    this.#adapt(performance.now() - began)
    this.#hears.progress(this.offset)
    this.#came()
  }

  #adapt(took) {
    if (took < FAST) this.#piece = Math.min(this.#piece * 2, LARGEST)
    else if (took > SLOW) this.#piece = Math.max(this.#piece / 2, SMALLEST)
  }

  #ask(method, url, how) {
    return ask(method, url, { ...how, begun: (xhr) => (this.#request = xhr) })
  }

  #came() {
    if (this.#failures > 1) this.#hears.back()
    this.#failures = 0
  }

  async #pause(fault) {
    const seconds = Math.max(fault.wait, PAUSES[Math.min(this.#failures++, PAUSES.length - 1)])
    this.#piece = Math.max(this.#piece / 2, SMALLEST)
    if (!seconds) return true
    this.#hears.lost({ seconds, isBusy: fault.isBusy })
    this.#hears.progress(this.offset) // what is safe, not what was under way
    await new Promise((done) => {
      this.#wake = done
      setTimeout(done, seconds * 1000)
    })
    return true
  }

  #forget() {
    this.url = undefined
    this.offset = 0
  }

  again = () => this.#wake?.()

  // Lets go of it; what is safe stays for a day, unless it is called off.
  stop({ isCalledOff }) {
    this.isOver = true
    this.#request?.abort()
    this.again()
    if (isCalledOff && this.url) fetch(this.url, { method: "DELETE", headers: TUS, keepalive: true }).catch(() => {})
  }
}
