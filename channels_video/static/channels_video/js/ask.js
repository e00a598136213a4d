// One request. Safari aborts what the network drops, so whatever nobody here aborted is a lost connection.
const SILENCE = 45_000

export class Fault extends Error {
  constructor(status, xhr) {
    super(`status ${status}`)
    this.status = status
    const said = xhr?.responseText?.startsWith("{") ? JSON.parse(xhr.responseText) : {}
    this.words = said.words ?? ""
    this.isForNow = ["too_much", "too_many", "channel_full"].includes(said.code)
    this.wait = Number(xhr?.getResponseHeader("Retry-After")) || 0
  }

  // nothing that time heals
  get isFinal() {
    return this.isForNow || this.status >= 400 && this.status < 500 && ![404, 408, 409, 410, 423, 425, 429, 460].includes(this.status)
  }

  get isGone() {
    return this.status === 404 || this.status === 410
  }

  get isBusy() {
    return this.status === 429 || this.status >= 500
  }
}

// Resolves with the answered request; whoever is told by `begun` can end it. Raises Fault, status 0 for no answer.
export function ask(method, url, { headers = {}, body = null, progress, begun } = {}) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest()
    let timer
    const patience = () => (clearTimeout(timer), (timer = setTimeout(() => xhr.abort(), SILENCE)))
    const lost = () => (clearTimeout(timer), reject(new Fault(0)))
    xhr.open(method, url)
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value)
    xhr.upload.onprogress = ({ loaded }) => (patience(), progress?.(loaded))
    xhr.onerror = xhr.onabort = xhr.ontimeout = lost
    xhr.onload = () => (clearTimeout(timer), xhr.status < 400 && xhr.status ? resolve(xhr) : reject(new Fault(xhr.status, xhr)))
    patience()
    begun?.(xhr)
    xhr.send(body)
  })
}
