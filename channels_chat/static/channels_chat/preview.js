// The admin's preview shows what stands in the form, saved or not.
const [PAUSE, FIELD] = [250, /^chat_settings-\d+-/];

class ChatPreview extends HTMLElement {
  #round = 0;
  #typed = (event) => this.#later(event.target);

  connectedCallback() {
    for (const kind of ["input", "change"]) document.addEventListener(kind, this.#typed);
  }

  disconnectedCallback() {
    for (const kind of ["input", "change"]) document.removeEventListener(kind, this.#typed);
  }

  #later(field) {
    const [prefix] = field.name?.match(FIELD) ?? [];
    if (!prefix || field.form !== this.closest("form")) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#show(field, prefix), PAUSE);
  }

  async #show(field, prefix) {
    const round = ++this.#round;
    const body = new FormData();
    for (const [name, value] of new FormData(field.form)) {
      if (name.startsWith(prefix) || name === "csrfmiddlewaretoken") body.append(name, value);
    }
    const where = `${this.dataset.draft}?${new URLSearchParams({ prefix: prefix.slice(0, -1) })}`;
    const answer = await fetch(where, { method: "POST", body }).catch(() => null);
    if (!answer?.ok || round !== this.#round) return; // the next letter asks again
    const { draft } = await answer.json();
    for (const frame of this.querySelectorAll("iframe")) {
      const address = new URL(frame.src);
      address.searchParams.set("draft", draft);
      address.searchParams.set("as", field.name.includes("-away_") ? "away" : "");
      frame.contentWindow.location.replace(address);
    }
  }
}

customElements.define("chat-preview", ChatPreview);
