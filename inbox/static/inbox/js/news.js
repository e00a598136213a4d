// Tells who does not look: a notification, a tone. One tab of a browser tells each thing, once.
import { call } from "./call.js"
import { read, write } from "./store.js"

const KEY = `news-${document.body.dataset.agent}`
let audio

// the tab that is looked at comes first; what fails is asked for the next time
function ask() {
  setTimeout(() => navigator.locks?.request(KEY, hear).catch(() => {}), document.hasFocus() ? 0 : 300)
}

async function hear() {
  const answer = await call(`/inbox/news?after=${(await read(KEY)) ?? ""}`)
  const { last, told } = await answer.json()
  await write(KEY, last)
  if (document.hasFocus()) return
  if (told.some((one) => one.sounds)) sound()
  told.filter((one) => one.shows).forEach(show)
}

function show({ title, body, url }) {
  new Notification(title, { body, tag: url }).onclick = () => {
    focus()
    location = url
  }
}

function sound() {
  audio ??= new AudioContext()
  const tone = new OscillatorNode(audio)
  tone.connect(new GainNode(audio, { gain: 0.1 })).connect(audio.destination)
  tone.start()
  tone.stop(audio.currentTime + 0.2)
}

function say() {
  document.getElementById("allowed")?.setAttribute("data-is", window.Notification?.permission)
}

document.addEventListener("live:news", ask)
document.addEventListener("live:again", ask)
document.addEventListener("click", ({ target }) => target.id === "allow" && Notification.requestPermission().then(say))
say()
