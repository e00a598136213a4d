// An answer to what was patched away meanwhile, as by the bell of its own deed, still says what happened.
const named = (said) => (said.startsWith("{") ? Object.entries(JSON.parse(said)) : [[said]])

function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }))
}

document.addEventListener("htmx:beforeSend", ({ detail }) => {
  const { elt, xhr } = detail
  // before htmx reads the answer, which may itself take the element away
  xhr.addEventListener("readystatechange", () => {
    if (xhr.readyState < XMLHttpRequest.DONE || elt.isConnected) return
    if (!xhr.status || xhr.status >= 400) return tell("htmx:responseError", detail)
    for (const [name, value] of named(xhr.getResponseHeader("HX-Trigger") ?? "{}")) tell(name, value)
  })
})
