// Questions at the end of a conversation: an address to answer to, the code that proves it, how it was.
import { by, el, start, word } from "./dom.js"
import { say } from "./said.js"
import { change } from "./state.js"
import { asks } from "./thread.js"

const made = {}
let shown = ""

// The card for what is asked now: the same node as long as the same is asked, so that what is typed stays.
export function card({ asks: name, said, visitor, case: open }) {
  if (!name) {
    shown = ""
    return []
  }
  const { node, problem, text } = (made[name] ??= make[name]())
  const told = { address: visitor?.address ?? "", name: open?.agent?.name.split(" ")[0] ?? start.name }
  text.node.textContent = word(text.word, told)
  if (shown !== name) {
    shown = name
    node.ariaLabel = word(text.asks ?? text.word, told)
    say(node.ariaLabel)
  }
  if (problem.textContent !== said) problem.textContent = said
  problem.hidden = !said
  return [node]
}

function form(name, text, ...inside) {
  const problem = el("p", { className: "bad", attrs: { role: "alert" } })
  const node = el("form", { className: "card", noValidate: true, data: { card: name } }, ...inside, problem)
  node.addEventListener("submit", async (event) => {
    event.preventDefault()
    const button = node.querySelector("[type=submit]")
    button.disabled = true
    change({ said: "" })
    change({ said: await asks[name](Object.fromEntries(new FormData(node))) })
    button.disabled = false
    // who has begun to write meanwhile writes on
    if (document.activeElement === document.body || node.contains(document.activeElement)) enter()
  })
  return { node, problem, text }
}

// Where the next answer is given: in the card, or where none is left in the box. Once it is drawn.
export function enter() {
  queueMicrotask(() => (document.querySelector(".card input, .card button") ?? by("words")).focus())
}

const submit = (text) => el("button", { type: "submit", className: "btn", textContent: text })
const plain = (text, onclick) => el("button", { type: "button", className: "btn plain", textContent: text, onclick })
const row = (...inside) => el("div", { className: "row" }, ...inside)
const later = () => plain(word("later"), () => (asks.later(), enter()))

const make = {
  address() {
    const text = { node: el("p"), word: "ask_address" }
    const input = el("input", { type: "email", name: "address", autocomplete: "email", attrs: { "aria-label": word("your_address") } })
    return form("address", text, text.node, row(input, submit(word("save"))), row(el("small", { textContent: word("address_why") }), later()))
  },
  confirm() {
    const text = { node: el("p"), word: "ask_confirm" }
    return form("confirm", text, text.node, row(submit(word("send_code")), later()))
  },
  code() {
    const text = { node: el("p"), word: "ask_code" }
    const input = el("input", { name: "code", inputMode: "numeric", autocomplete: "one-time-code", maxLength: 12, attrs: { "aria-label": word("code") } })
    const again = plain(word("resend"), async () => change({ said: await asks.resend() }))
    return form("code", text, text.node, row(input, submit(word("confirm"))), row(again, later()))
  },
  rating() {
    const text = { node: el("small"), word: "reads", asks: "rate" }
    const mark = (score) => el("label", {}, el("input", { type: "radio", name: "score", value: score }), el("span", { textContent: word(`score_${score}`) }))
    const field = el("fieldset", { className: "sc" }, el("legend", { textContent: word("rate") }), ...[1, 2, 3, 4, 5].map(mark))
    const comment = el("textarea", { name: "comment", rows: 2, maxLength: start.limits.comment, placeholder: word("comment"), attrs: { "aria-label": word("comment") } })
    return form("rating", text, field, comment, row(text.node, submit(word("send_rating"))))
  },
}
