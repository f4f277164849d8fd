import { MemoryStoreEngine } from '@spillway/streams'

/** State stores in memory that count the writes of their key-value stores, as somebody else would write them. */
export class CountingEngine {
  persistent = false
  puts = 0
  inner = new MemoryStoreEngine()

  keyValue(spec, context) {
    const store = this.inner.keyValue(spec, context)
    return new Proxy(store, {
      get: (_, name) => {
        if (name === 'put') {
          return (key, value) => {
            this.puts++
            store.put(key, value)
          }
        }
        const member = store[name]
        return typeof member === 'function' ? member.bind(store) : member
      },
    })
  }

  window(spec, context) {
    return this.inner.window(spec, context)
  }

  session(spec, context) {
    return this.inner.session(spec, context)
  }

  versioned(spec, context) {
    return this.inner.versioned(spec, context)
  }

  commit(application, task, offsets) {
    this.inner.commit(application, task, offsets)
  }

  writeAhead(application, task, keepRows) {
    this.inner.writeAhead(application, task, keepRows)
  }

  committedOffset(application, task, store) {
    return this.inner.committedOffset(application, task, store)
  }

  abandon(application, task) {
    this.inner.abandon(application, task)
  }

  destroy(application, task) {
    this.inner.destroy(application, task)
  }

  close() {
    this.inner.close()
  }
}
