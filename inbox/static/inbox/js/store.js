// What this browser keeps beyond a page. Each tab reads what another wrote just before it, which local storage
// does not promise between tabs.
const [NAME, STORE] = ["omnihub", "kept"]
let base

const answered = (asked) => new Promise((done, failed) => {
  asked.onsuccess = () => done(asked.result)
  asked.onerror = () => failed(asked.error)
})

function open() {
  if (base) return base
  const asked = indexedDB.open(NAME, 1)
  asked.onupgradeneeded = () => asked.result.createObjectStore(STORE)
  return (base = answered(asked))
}

export async function read(key) {
  return answered((await open()).transaction(STORE).objectStore(STORE).get(key))
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
