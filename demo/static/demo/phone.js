// What comes to the phone shows by itself; what is being typed stays.
const EVERY = 2000
const screen = () => document.getElementById("screen")
const down = () => (screen().scrollTop = screen().scrollHeight)

async function look() {
  const answer = await fetch(location.href)
  if (!answer.ok) return
  const page = new DOMParser().parseFromString(await answer.text(), "text/html")
  const fresh = page.getElementById("screen")
  if (!fresh || fresh.innerHTML === screen().innerHTML) return
  screen().replaceChildren(...fresh.childNodes)
  down()
}

down()
screen().addEventListener("load", down, true)  // a picture has its height when it is here
setInterval(() => document.hidden || look().catch(() => {}), EVERY)
