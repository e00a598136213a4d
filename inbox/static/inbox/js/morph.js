// Makes what stands on the page like a fresh fragment, and leaves alone what a reader has in hand.
const OWN = new Set(["open", "style", "data-current", "data-watched", "data-timer", "data-opened"])
const KEPT = "[data-keep], textarea, video, iframe, details.pop[open]"
const idOf = (node) => node.getAttribute?.("id") ?? ""
const alike = (old, fresh) => old.nodeName === fresh.nodeName && idOf(old) === idOf(fresh)
const isField = (node) => node.matches("input:not([type=checkbox], [type=radio], [type=file])")

export function parse(html) {
  const mould = document.createElement("template")
  mould.innerHTML = html
  return mould.content
}

export function morph(old, fresh) {
  if (old.isEqualNode(fresh) && !old.querySelector?.("input")) return old
  if (old.nodeType !== Node.ELEMENT_NODE) return (old.data = fresh.data), old
  if (old.matches(KEPT) && old.getAttribute("src") === fresh.getAttribute("src")) return old
  if (isField(old) && old === document.activeElement) return old
  attributes(old, fresh)
  children(old, fresh)
  if (isField(old)) old.value = fresh.value
  return old
}

function attributes(old, fresh) {
  for (const { name } of [...old.attributes]) if (!OWN.has(name) && !fresh.hasAttribute(name)) old.removeAttribute(name)
  for (const { name, value } of fresh.attributes) {
    if (!OWN.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value)
  }
}

// Children with an id are found by it wherever they stand, others by their place.
export function children(old, fresh) {
  let at = old.firstChild
  for (const next of [...fresh.childNodes]) {
    const id = idOf(next)
    const same = id ? [...old.children].find((child) => idOf(child) === id) : at
    if (!same || !alike(same, next)) {
      old.insertBefore(next, at)
      continue
    }
    if (same === at) at = at.nextSibling
    else old.insertBefore(same, at)
    morph(same, next)
  }
  while (at) {
    const gone = at
    at = at.nextSibling
    gone.remove()
  }
}

// Each element of a fragment that the page has, by id.
export function patch(html) {
  for (const fresh of [...parse(html).children]) {
    const known = document.getElementById(fresh.id)
    if (known) htmx.process(morph(known, fresh))
  }
}
