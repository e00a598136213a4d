// What the hub says, as what the frame shows.
import { start, word } from "./dom.js"
import { keep } from "./store.js"
import { change, state } from "./state.js"
import * as unsent from "./unsent.js"
import * as wire from "./wire.js"

const TYPING_ENDS = 8000
const RETRY = 2 // seconds
let tells = {}
let [typingEnds, wasAsked, sawLast] = [0, false, 0]

const SIDES = { visitor: "me", agent: "in", system: "line" }
const asEntry = (one) => ({
  id: one.id,
  uuid: one.client || "",
  side: SIDES[one.from] ?? "line",
  author: one.name,
  text: one.redacted ? word("redacted") : one.text,
  files: one.redacted ? [] : one.files,
  at: one.at,
  via: one.channel,
})

function take(found, { isAll } = {}) {
  const entries = isAll ? new Map() : new Map(state.entries)
  for (const one of found.map(asEntry)) {
    if (one.uuid && unsent.landed(one.uuid)) entries.delete(one.uuid)
    if (one.uuid) entries.delete(one.uuid)
    entries.set(one.id, one)
  }
  return entries
}

function welcome({ entries, revision, reset, more, visitor, team, case: open, expired }) {
  change({
    link: "on",
    entries: take(entries, { isAll: reset }),
    revision,
    visitor,
    team,
    more: reset || more !== undefined ? Boolean(more) : state.more,
    stop: visitor?.blocked ? "blocked" : expired ? "expired" : null,
  })
  tells.joined()
  concern(open)
}

function entries({ entries: found, revision, reset, gone, older, more }) {
  const fresh = found.filter((one) => one.from === "agent" && !state.entries.has(one.id))
  const all = take(found, { isAll: reset })
  for (const id of gone ?? []) all.delete(id)
  change({ entries: all, ...(older ? { more: Boolean(more) } : { revision }), ...(reset ? { more: Boolean(more) } : {}) })
  if (older || reset) return
  if (fresh.length) change({ typing: null, unread: state.unread + fresh.length })
  fresh.forEach((one) => tells.came(asEntry(one)))
}

// What was said is in the thread, though its entry may come only later.
function ack({ id, message, at }) {
  wire.answered()
  const one = unsent.known(id)
  if (!one) return
  unsent.landed(id)
  const all = new Map(state.entries)
  const key = message ?? id
  if (!all.has(key)) all.set(key, { ...one, id: key, uuid: id, at: at ?? one.at, state: undefined })
  change({ entries: all })
}

function error({ id, code, retry_after: pause }) {
  if (!id) return
  const isOver = !["try_again", "too_fast", "no_visitor"].includes(code)
  wire.answered(isOver ? 0 : (pause ?? RETRY))
  if (!isOver || !unsent.known(id)) return
  const why = word(`error_${code}`) || word("error")
  unsent.mark(id, "fail", why)
  change({})
  tells.failed(why)
}

function concern(open) {
  const asks = start.asks_rating && open?.state === "resolved" && open.rating == null ? "rating" : state.asks === "rating" ? null : state.asks
  change({ case: open, unread: open?.unread ?? 0, asks })
}

function typing({ who, on }) {
  clearTimeout(typingEnds)
  change({ typing: on ? { name: who } : null })
  if (on) typingEnds = setTimeout(() => change({ typing: null }), TYPING_ENDS)
}

function gone() {
  keep("", null)
  change({ entries: new Map(), revision: 0, case: null, visitor: null, unread: 0, asks: null, more: false, read: "" })
}

const said = (frame) => (frame.type === "error" ? word(`error_${frame.code}`) || word("error") : "")

// What the cards at the end ask.
export const asks = {
  async address({ address }) {
    const answer = await wire.ask({ type: "claim", address }, "address")
    if (answer.type === "address") change({ asks: "confirm" })
    return said(answer)
  },
  async confirm() {
    const answer = await wire.ask({ type: "confirm" }, "code_sent")
    if (answer.type === "code_sent") change({ asks: "code" })
    return said(answer)
  },
  async code({ code }) {
    const answer = await wire.ask({ type: "code", code: code.trim() }, "token")
    if (answer.type === "token") change({ asks: null })
    return said(answer)
  },
  async rating({ score, comment }) {
    if (!score) return word("error")
    const answer = await wire.ask({ type: "rate", case: state.case.id, score: Number(score), comment }, "case")
    if (answer.type === "case") change({ asks: null, thanks: word(score < 3 ? "sorry" : "thanks") })
    return said(answer)
  },
  resend: () => asks.confirm(),
  later: () => change({ asks: null, said: "" }),
}

// The last thing of ours before the visitor's eyes.
export function seen() {
  const last = [...state.entries.values()].filter((one) => one.side !== "me").sort((one, other) => one.id - other.id).at(-1)
  if (state.unread) change({ unread: 0 })
  if (last && last.id !== sawLast && wire.tell({ type: "seen", message: last.id })) sawLast = last.id
}

export const older = () => wire.tell({ type: "older", before: Math.min(...[...state.entries.keys()].filter(Number.isInteger)) })

export function forget() {
  wire.tell({ type: "forget" })
  unsent.drop()
  keep("draft", null)
  gone()
}

export async function identify(jwt) {
  const answer = await wire.ask({ type: "identify", jwt }, "token")
  if (answer.type === "error") tells.refused(answer.code)
}

export function listen(does) {
  tells = does
  const all = { welcome, entries, ack, error, typing, token_gone: gone }
  for (const [type, listener] of Object.entries(all)) wire.on(type, listener)
  wire.on("read", ({ at }) => change({ read: at }))
  wire.on("case", ({ case: open, ...rest }) => concern(open === undefined && "id" in rest ? rest : open))
  wire.on("team", ({ team, ...rest }) => change({ team: team ?? rest }))
  wire.on("address", ({ address, state: address_state }) => change({ visitor: { ...state.visitor, address, address_state } }))
  wire.on("code_sent", ({ address }) => change({ visitor: { ...state.visitor, address } }))
  wire.on("ask_address", ({ ask_address: isAsked = true }) => isAsked && !wasAsked && !state.asks && ((wasAsked = true), change({ asks: "address" })))
  wire.on("blocked", () => change({ stop: "blocked" }))
}
