// A read-only field with a button that copies it and says so.
class HubCopy extends HTMLElement {
  connectedCallback() {
    // its children are not parsed yet when this script stands in the head
    this.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) this.#copy(button);
    });
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

// The theme's search inside a list of choices has no name of its own: it takes the field's.
const nameSearches = () => {
  for (const field of document.querySelectorAll(".select2-search__field:not([aria-label])")) {
    const select = field.closest(".select2-container")?.previousElementSibling;
    const label = select?.id && document.querySelector(`label[for="${select.id}"]`);
    field.setAttribute("aria-label", label ? label.textContent.trim() : "…");
  }
};

window.addEventListener("load", () => setTimeout(nameSearches));
