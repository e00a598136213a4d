// A phone that sleeps stops sending, and so does a page that is left by accident.
let lock
let isOn = false

async function ask() {
  if (!isOn || document.visibilityState !== "visible") return
  try {
    lock = await navigator.wakeLock?.request("screen")
  } catch {
    lock = undefined // saving power goes before
  }
}

const hold = (event) => event.preventDefault()

export function keep(on) {
  isOn = on
  ;(on ? addEventListener : removeEventListener)("beforeunload", hold)
  if (on) return ask()
  lock?.release().catch(() => {})
  lock = undefined
}

document.addEventListener("visibilitychange", ask)
