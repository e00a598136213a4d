// The second view: who answers, what stands between, the conversation, and what is asked at its end.
import { avatar, by, show, start, word } from "./dom.js"
import { card } from "./cards.js"
import { line } from "./draw.js"
import { dots, draw } from "./feed.js"
import { row, there } from "./home.js"
import { unsent } from "./unsent.js"
import * as uploads from "./uploads.js"

const logo = by("face").firstElementChild
let [face, note] = ["", null]

export function chat(now) {
  const said = [...now.entries.values()].sort(inOrder)
  const mine = unsent().map((one) => ({ ...one, isHeld: now.link !== "on", retry: () => now.retry(one.uuid) }))
  row(now, [...said, ...mine].at(-1))
  head(now, said)
  show(by("lost"), now.link === "off")
  between(now)
  const tail = [...uploads.rows(), ...(now.typing ? [dots] : []), ...end(now), ...card(now)]
  draw(withSeen(withGreetings(said), now.read).concat(mine), tail, now.more && now.older)
}

const inOrder = (one, other) => (one.at === other.at ? (one.id < other.id ? -1 : 1) : one.at < other.at ? -1 : 1)

// Only the last of what was seen says so.
function withSeen(entries, read) {
  const last = read ? entries.findLast((one) => one.side === "me" && one.via === "chat" && one.at <= read) : null
  return entries.map((one) => (one === last ? { ...one, seen: read } : one))
}

// Whoever answers for the first time has read what stands above.
function withGreetings(entries) {
  let known = ""
  return entries.flatMap((one) => {
    const isNew = one.side === "in" && one.via === "chat" && one.author && one.author !== known
    if (isNew) known = one.author
    return isNew ? [{ side: "line", id: `joined ${one.id}`, at: one.at, text: word("joined", { name: one.author }) }, one] : [one]
  })
}

function head({ typing, team, case: open }) {
  const name = open?.agent?.name ?? ""
  by("peer").textContent = name || start.name
  const state = open?.state === "resolved" ? word("resolved") : team ? there(team) : ""
  by("doing").textContent = typing ? (typing.name ? word("types", typing) : word("typing")) : state
  if (face === name) return
  face = name
  by("face").replaceChildren(name ? avatar(name) : logo)
}

function between({ case: open, team, visitor, stop, entries }) {
  const waits = open?.state === "waiting" && entries.size > 0
  const isAway = waits && team?.state === "away"
  const said = isAway ? word("away_taken") : open?.place ? word("place", { n: open.place, wait: there(team ?? {}) }) : team ? there(team) : ""
  show(by("queue"), !stop && waits && Boolean(isAway || open.place || team?.offers_email))
  if (by("queue-said").textContent !== said) by("queue-said").textContent = said
  show(by("by-mail"), Boolean(team?.offers_email) && !visitor?.address)
}

// What is said last of all: that the rest went by mail, and thanks for a rating.
function end({ case: open, thanks }) {
  const texts = [open?.left_to ? word("left", { address: open.left_to }) : "", thanks].filter(Boolean)
  const said = texts.join("\n")
  if (note?.said !== said) note = { said, nodes: texts.map(line) }
  return note.nodes
}
