// Messages that the hub has not confirmed. Each has an id of ours, so that sending one again never doubles it.
import { all, keep } from "./store.js"

const ours = new Map(all("unsent").map((one) => [one.uuid, one]))
const save = (one) => (ours.set(one.uuid, one), keep(`unsent.${one.uuid}`, one))

export const unsent = () => [...ours.values()].sort((one, other) => (one.at < other.at ? -1 : 1))
export const waiting = () => unsent().filter((one) => one.state === "pend")
export const known = (uuid) => ours.get(uuid)

export function put(text, files) {
  const one = { uuid: crypto.randomUUID(), side: "me", via: "chat", text, files, at: new Date().toISOString(), state: "pend" }
  save(one)
  return one
}

export function mark(uuid, state, why = "") {
  if (ours.has(uuid)) save({ ...ours.get(uuid), state, why })
}

export function landed(uuid) {
  keep(`unsent.${uuid}`, null)
  return ours.delete(uuid)
}

export const drop = () => unsent().forEach((one) => landed(one.uuid))
