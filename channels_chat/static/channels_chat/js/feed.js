// The conversation as the page shows it. Nodes stay while what they show stays, so nothing jumps and nothing is read twice.
import { by, day, el, show, word } from "./dom.js"
import { bubble, line } from "./draw.js"

const feed = by("feed")
const below = by("below")
const NEAR = 80 // px from the end that count as being there
let drawn = new Map()
let stays = true // at its end, also while pictures come in

const isAtEnd = () => feed.scrollHeight - feed.scrollTop - feed.clientHeight < NEAR

export function toEnd() {
  stays = true
  feed.scrollTop = feed.scrollHeight
  show(below, false)
}

// entries in order; `tail` are nodes that always stand last (typing, a question); `older` asks for more
export function draw(entries, tail, older) {
  const [wasAtEnd, fromEnd, oldest] = [stays, feed.scrollHeight - feed.scrollTop, first(drawn)]
  const wanted = entries.flatMap((entry, place) => wants(entry, entries[place - 1], entries[place + 1]))
  const next = new Map()
  const nodes = wanted.map(([key, version, make]) => {
    const old = drawn.get(key)
    const node = old?.version === version ? old.node : make()
    next.set(key, { version, node })
    return node
  })
  const isNew = entries.length && !drawn.has(keyOf(entries.at(-1)))
  const isOlder = oldest && next.size > drawn.size && first(next) !== oldest
  drawn = next
  if (older) earlier.onclick = older
  place([...(older ? [earlier] : []), ...nodes, ...tail])
  if (isOlder && !wasAtEnd) feed.scrollTop = feed.scrollHeight - fromEnd
  else if (wasAtEnd || (isNew && entries.at(-1).side === "me")) toEnd()
  else if (isNew) show(below, true)
}

const first = (nodes) => [...nodes.keys()].find((key) => !key.startsWith("day "))
const keyOf = (entry) => String(entry.uuid || entry.id)

function wants(entry, before, after) {
  const today = day(entry.at)
  const head = !before || day(before.at) !== today ? [[`day ${today}`, "", () => el("p", { className: "day", textContent: today })]] : []
  const look = { isFirst: !isSameHand(before, entry), isLast: !isSameHand(entry, after) }
  const version = JSON.stringify([entry, look, entry.why])
  const make = () => (entry.side === "line" ? line(entry.text) : bubble(entry, look))
  return [...head, [keyOf(entry), version, make]]
}

const isSameHand = (one, other) => one && other && one.side === other.side && one.author === other.author && one.via === other.via

function place(nodes) {
  nodes.forEach((node, at) => feed.children[at] !== node && feed.insertBefore(node, feed.children[at] ?? null))
  while (feed.children.length > nodes.length) feed.lastChild.remove()
}

const earlier = el("button", { type: "button", className: "btn plain", textContent: word("earlier") })
export const dots = el("div", { className: "typing", attrs: { "aria-hidden": "true" } }, el("i"), el("i"), el("i"))

below.textContent = word("below")
below.addEventListener("click", toEnd)
feed.addEventListener("load", () => stays && toEnd(), true)
feed.addEventListener("scroll", () => (stays = isAtEnd()) && show(below, false), { passive: true })
