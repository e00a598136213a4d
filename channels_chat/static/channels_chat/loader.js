// The chat's launcher on somebody's site: <script src="…/w/loader.js" data-channel="KEY">.
// Until the frame has said hello nothing shows: on a site that is not allowed nothing ever does.
(() => {
  const script = document.currentScript
  if (window.OmniHub) return
  const hub = new URL(script.src).origin
  const heard = {}
  const waiting = []
  const make = (name) => document.createElement(name)
  const [host, root, button, count, frame] = ["div", "div", "button", "b", "iframe"].map(make)
  let isOpen, isReady, timer
  let lang = script.dataset.lang || document.documentElement.lang || navigator.language

  // A sheet made by script: a page's policy against inline styles allows it.
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(`:host{all:initial;color-scheme:light dark}:host([hidden]){display:none}
button,iframe{all:unset;position:fixed;z-index:2147483000;inset:auto var(--r,20px) max(20px,env(safe-area-inset-bottom)) var(--l,auto);border-radius:50%}
button{width:56px;height:56px;background:var(--b);color:var(--o);display:grid;place-items:center;cursor:pointer;box-shadow:0 6px 20px -4px #0006}
button:focus-visible{outline:3px solid var(--b);outline-offset:3px}
svg{width:26px;fill:none;stroke:currentColor;stroke-width:1.4;stroke-linejoin:round}
b{position:absolute;inset:-3px -3px auto auto;padding:0 7px;border-radius:10px;background:#be2a2a;color:#fff;font:600 12px/20px system-ui}b:empty{display:none}
iframe{bottom:88px;width:380px;height:min(720px,calc(100dvh - 108px));border-radius:20px;background:light-dark(#fffdfa,#171614);box-shadow:0 0 0 1px #0001,0 30px 60px -24px #0008}
iframe[inert]{visibility:hidden}
@media(max-width:479px){iframe{inset:0;width:100%;height:100%;border-radius:0}iframe:not([inert])+button{display:none}}`)

  const post = (type, detail) => frame.contentWindow?.postMessage({ hub: 1, type, ...detail }, hub)
  const tell = (type, detail) => heard[type]?.forEach((listener) => listener(detail))
  // What is asked for before the frame listens waits for it.
  const ask = (type, detail) => (isReady ? post(type, detail) : waiting.push([type, detail]))

  function turn(on) {
    isOpen = on
    frame.inert = !on
    button.setAttribute("aria-expanded", on)
    ask("open", { on })
    ;(on ? frame : button).focus()
  }

  const does = {
    hello({ style, label, title }) {
      clearTimeout(timer)
      root.style.cssText = style
      button.ariaLabel = label
      frame.title = title
      host.hidden = false
      isReady = 1
      waiting.splice(0).forEach((one) => post(...one))
      tell("ready")
    },
    close: () => turn(false),
    open: () => turn(true),
    unread({ number, label }) {
      count.textContent = number || ""
      button.ariaLabel = label
      tell("unread", { count: number })
    },
    message: (detail) => tell("message", detail),
    error: (detail) => tell("error", detail),
  }

  function hear({ origin, source, data }) {
    const isOurs = origin === hub && source === frame.contentWindow && data?.hub === 1
    if (isOurs && Object.hasOwn(does, data.type)) does[data.type](data)
  }

  function start() {
    host.hidden = frame.inert = true
    const shadow = host.attachShadow({ mode: "closed" })
    shadow.adoptedStyleSheets = [sheet]
    const [svg, path] = ["svg", "path"].map((name) => document.createElementNS("http://www.w3.org/2000/svg", name))
    svg.setAttribute("viewBox", "0 0 16 16")
    path.setAttribute("d", "M3.2 3h9.6q1.7 0 1.7 1.7v5q0 1.7-1.7 1.7H7.6L4.4 14v-2.6H3.2q-1.7 0-1.7-1.7v-5Q1.5 3 3.2 3Z")
    svg.append(path)
    button.append(svg, count)
    button.onclick = () => turn(!isOpen)
    addEventListener("message", hear)
    root.append(frame, button)
    shadow.append(root)
    document.body.append(host)
    ;(window.requestIdleCallback || setTimeout)(load)
  }

  function load() {
    frame.src = `${hub}/w/${script.dataset.channel}/?${new URLSearchParams({ site: location.origin, lang })}`
    timer = setTimeout(() => tell("error", { code: "unreachable" }), 2e4)
  }

  window.OmniHub = {
    show: () => turn(true),
    hide: () => turn(false),
    toggle: () => turn(!isOpen),
    identify: (token) => ask("identify", { token }),
    reset: () => ask("reset"),
    setLocale(next) {
      lang = next
      ask("locale", { lang })
    },
    trackArticle: (article) => ask("article", { url: location.href, title: document.title, ...article }),
    requestVideo() {
      turn(true)
      ask("video")
    },
    on(type, listener) {
      ;(heard[type] ??= []).push(listener)
      if (isReady && type === "ready") listener()
    },
    destroy() {
      removeEventListener("message", hear)
      clearTimeout(timer)
      host.remove()
      delete window.OmniHub
    },
  }
  if (document.body) start()
  else addEventListener("DOMContentLoaded", start)
})()
