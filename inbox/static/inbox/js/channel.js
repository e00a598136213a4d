// Another channel for the answer: its name, whom it goes to, and the parts of the composer it has.
const isOf = (part, parts) => parts.split(" ").includes(part.dataset.part)

function refit(form, option, id) {
  const { to, shown, cc, subject, parts } = option.dataset
  Object.entries({ to, cc, bcc: "", subject, for_channel: id }).forEach(([name, value]) => (form.elements[name].value = value))
  form.querySelector("[data-channel]").replaceChildren(option.querySelector(".g").cloneNode(true), option.querySelector("b").textContent)
  form.querySelector("#envelope [data-to]").textContent = shown || "…"
  form.querySelectorAll("[data-part]").forEach((part) => (part.hidden = !isOf(part, parts)))
  form.querySelectorAll("[data-of-channel]").forEach((part) => (part.hidden = part.dataset.ofChannel !== id))
  form.elements.sender?.closest("select")?.toggleAttribute("disabled", true)
}

document.addEventListener("change", ({ target }) => {
  const form = target.closest("#composer")
  if (!form || target.name !== "channel" || target.type !== "radio") return
  const before = form.elements.for_channel.value
  if ("off" in target.dataset) {
    const last = form.querySelector(`[name="channel"][value="${before}"]`)
    if (last) last.checked = true
    else target.checked = false
  } else if (target.value !== before) {
    form.dataset.chose = 1
    refit(form, target.closest("label"), target.value)
    form.dispatchEvent(new CustomEvent("composer:channel", { bubbles: true }))
  }
})

// What happened meanwhile can open or close a channel, or bring the customer by another. What the agent chose stays, and
// what they write on.
document.addEventListener("feed:around", () => {
  const form = document.getElementById("composer")
  const all = [...(form?.querySelectorAll('[name="channel"]') ?? [])]
  const mine = all.find((one) => one.value === form.elements.for_channel.value)
  const theirs = all.find((one) => one.defaultChecked)
  const stays = mine && (form.elements.text.value || (form.dataset.chose && !("off" in mine.dataset)))
  const next = stays ? mine : theirs ?? mine
  if (!next) return
  next.checked = true
  if (next === mine) return
  refit(form, next.closest("label"), next.value)
  form.dispatchEvent(new CustomEvent("composer:channel", { bubbles: true }))
})
