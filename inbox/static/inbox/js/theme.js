// Switches light and dark without a page load; the cookie is set by the server.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-theme-form]")
  if (!form) return
  event.preventDefault()
  const root = document.documentElement
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"
  const next = (root.dataset.theme || system) === "dark" ? "light" : "dark"
  root.dataset.theme = next
  const body = new FormData(form)
  body.set("theme", next)
  await fetch(form.action, { method: "POST", body, redirect: "manual" })
})
