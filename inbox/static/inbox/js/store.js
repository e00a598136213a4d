// What this browser keeps beyond a page. Each tab reads what another wrote just before it, which local storage
// does not promise between tabs.
const [NAME, STORE] = ["omnihub", "kept"]
let base

function open() {
  return (base ??= new Promise((done, failed) => {
    const asked = indexedDB.open(NAME, 1)
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE)
    asked.onsuccess = () => done(asked.result)
    asked.onerror = () => failed(asked.error)
  }))
}

export async function read(key) {
  const asked = (await open()).transaction(STORE).objectStore(STORE).get(key)
  return new Promise((done, failed) => {
    asked.onsuccess = () => done(asked.result)
    asked.onerror = () => failed(asked.error)
  })
}

// resolves once every tab reads it
export async function write(key, value) {
  const change = (await open()).transaction(STORE, "readwrite")
  change.objectStore(STORE).put(value, key)
  return new Promise((done, failed) => {
    change.oncomplete = () => done()
    change.onabort = () => failed(change.error)
  })
}
