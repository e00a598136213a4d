// A read-only field with a button that copies it and says so.
class HubCopy extends HTMLElement {
  connectedCallback() {
    this.querySelector("button").addEventListener("click", (event) => this.#copy(event.currentTarget));
  }

  async #copy(button) {
    const field = this.querySelector("input");
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy"); // without TLS the clipboard is closed to scripts
    }
    const word = button.textContent;
    button.textContent = this.dataset.done;
    setTimeout(() => { button.textContent = word; }, 1600);
  }
}

customElements.define("hub-copy", HubCopy);
