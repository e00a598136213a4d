// The first view: whether somebody is there, how long it takes, and the case that is still open.
import { avatar, by, el, moment, show, start, word } from "./dom.js"

const MINUTE = 60

export function home({ team, case: open, unread, link }) {
  const isOff = link === "off"
  show(by("team"), isOff || Boolean(team))
  by("team").classList.toggle("away", isOff || team?.state === "away")
  by("wait").textContent = isOff ? word("offline") : team ? there(team) : ""
  by("hours").textContent = isOff ? word("offline_why") : team?.state === "away" ? start.away : hours(team)
  by("begin").textContent = open ? word("go_on") : word("begin")
  const badge = by("unread")
  show(badge, unread > 0)
  badge.replaceChildren(String(unread), el("span", { className: "unseen", textContent: ` ${word("unread", { n: unread })}` }))
  show(by("case"), Boolean(open))
}

function hours(team) {
  const until = team?.closes_at ? word("until", { time: moment(team.closes_at) }) : ""
  return [until, start.mails ? word("stay") : ""].filter(Boolean).join(" ")
}

export function there({ state, opens_at: opens, wait }) {
  if (state === "away") return opens ? word("back", { time: moment(opens) }) : word("away")
  if (wait == null) return word("soon")
  if (wait < MINUTE) return word("wait_now")
  const minutes = Math.round(wait / MINUTE)
  return minutes < 90 ? word("wait", { n: minutes }) : word("wait_hours", { n: Math.round(minutes / 60) })
}

// The open case with its last words.
export function row({ case: open, unread }, last) {
  if (!open) return
  const name = open.agent?.name ?? start.name
  const said = last ? `${last.side === "me" ? word("you") : last.author || name}: ${last.text || word("a_file")}` : ""
  const text = el("span", {}, el("b", { textContent: open.topic || last?.text || start.name }), el("small", { textContent: said }))
  const dot = unread ? el("i", { className: "dot", attrs: { role: "img", "aria-label": word("unread", { n: unread }) } }) : ""
  by("case").replaceChildren(...[avatar(name), text, dot].filter(Boolean))
}
