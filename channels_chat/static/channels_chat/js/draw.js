// One entry of the conversation as a node.
import { el, hour, icon, size, word } from "./dom.js"

const FILM = /^\/u\/[\w-]{43}\/$/ // a link of ours, by which a video is sent
const LINK = /https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]]/gi

export function line(text) {
  return el("p", { className: "line" }, ...linked(text))
}

// entry: side ("me" or "in"), author, text, files, at, via, seen, state ("pend", "fail" or none), retry
export function bubble(entry, { isFirst, isLast }) {
  const isMail = entry.via === "email"
  const node = el("div", { className: `b ${entry.side} ${isMail ? "mail" : ""} ${entry.state ?? ""}`, data: { id: entry.id } })
  node.append(el("span", { className: "unseen", textContent: `${entry.side === "me" ? word("you") : entry.author}:` }))
  if (isMail) node.append(el("p", { className: "mh" }, icon("mail"), word("mailed", { time: hour(entry.at) })))
  else if (entry.side === "in" && isFirst && entry.author) node.append(el("small", { className: "by", textContent: entry.author }))
  if (entry.text) node.append(el("p", {}, ...linked(entry.text)))
  node.append(...(entry.files ?? []).map(file))
  const footer = foot(entry, isLast)
  if (footer) node.append(footer)
  return node
}

// Text with its addresses as links; what is none for a browser stays text.
function linked(text) {
  const parts = []
  let done = 0
  for (const { 0: found, index } of text.matchAll(LINK)) {
    if (!URL.canParse(found)) continue
    const { origin, pathname } = new URL(found)
    const isFilm = origin === location.origin && FILM.test(pathname)
    const link = el("a", { href: found, target: "_blank", rel: "noopener noreferrer nofollow", className: isFilm ? "btn film" : "" }, isFilm ? icon("video") : "", isFilm ? word("send_video") : found)
    parts.push(text.slice(done, index), link)
    done = index + found.length
  }
  return [...parts, text.slice(done)]
}

function foot(entry, isLast) {
  if (entry.state === "fail") {
    const again = el("button", { type: "button", textContent: word("again"), onclick: entry.retry })
    return el("footer", {}, icon("warn"), entry.why, again)
  }
  if (entry.state === "pend") return el("footer", {}, icon("clock"), word(entry.isHeld ? "held" : "sending"))
  if (entry.seen) return el("footer", {}, word("seen", { time: hour(entry.seen) }))
  return isLast && entry.via !== "email" ? el("footer", {}, hour(entry.at)) : null
}

function file({ name, size: bytes, url, picture, pixels }) {
  if (url && picture) {
    const [width, height] = pixels
    const img = el("img", { src: `${url}?as=poster`, alt: name, width, height, loading: "lazy", decoding: "async" })
    return el("a", { className: "pic", href: url, target: "_blank", rel: "noopener" }, img)
  }
  const said = el("span", {}, el("b", { textContent: name }), el("small", { textContent: bytes ? size(bytes) : "" }))
  return url ? el("a", { className: "file", href: `${url}?download`, target: "_blank", rel: "noopener" }, icon("clip"), said) : el("span", { className: "file" }, icon("clip"), said)
}
