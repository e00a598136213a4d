// The counter under a text: letters, parts, the letter that makes them so many, and the way out.
const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name])
const widthOf = (letter) => letter.length

class SmsCount extends HTMLElement {
  connectedCallback() {
    this.rules = JSON.parse(this.dataset.rules)
    this.area = this.closest("form").elements.text
    this.offer = this.querySelector("[data-plain]")
    this.look = () => this.show()
    this.area.addEventListener("input", this.look)
    for (const name of ["composer:sent", "composer:restored", "composer:channel"]) document.addEventListener(name, this.look)
    this.offer.addEventListener("click", () => this.take())
    this.show()
  }

  disconnectedCallback() {
    for (const name of ["composer:sent", "composer:restored", "composer:channel"]) document.removeEventListener(name, this.look)
  }

  measure(text) {
    const letters = [...text]
    const letter = letters.find((each) => !(each in this.rules.units))
    const sizes = letters.map(letter ? widthOf : (each) => this.rules.units[each])
    const [alone, ofMany] = this.rules.room[letter ? "ucs2" : "gsm"]
    const units = sizes.reduce((sum, size) => sum + size, 0)
    return { units, letter, parts: units <= alone ? 1 : packed(sizes, ofMany) }
  }

  plain(text) {
    const { units, plain } = this.rules
    const bare = (letter) => (letter in units ? letter : plain[letter] ?? [...letter.normalize("NFD")][0])
    const made = [...text.normalize("NFC")].map(bare).join("")
    return made !== text && [...made].every((letter) => letter in units) ? made : ""
  }

  show() {
    const text = this.area.value.replaceAll("\r\n", "\n")
    const { units, letter, parts } = this.measure(text)
    const { one, many, letter: why, offer, narrow } = this.dataset
    this.querySelector("[data-count]").textContent = units ? fill(parts === 1 ? one : many, { count: units, parts }) : ""
    this.querySelector("[data-why]").textContent = letter ? fill(parts > 1 ? why : narrow, { letter, parts }) : ""
    this.words = letter ? this.plain(text) : ""
    const less = this.words ? this.measure(this.words).parts : parts
    this.offer.hidden = less >= parts
    this.offer.textContent = fill(offer, { plain: less })
  }

  // never by itself: the accents are the writer's
  take() {
    this.area.value = this.words
    this.area.dispatchEvent(new Event("input", { bubbles: true }))
    this.area.focus()
  }
}

function packed(sizes, room) {
  let [parts, left] = [1, room]
  for (const size of sizes) {
    if (size > left) [parts, left] = [parts + 1, room]
    left -= size
  }
  return parts
}

customElements.define("sms-count", SmsCount)
