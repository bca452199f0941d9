'use strict'

const native = load()

function load() {
  try {
    return require('./juno.node')
  } catch (cause) {
    throw new Error('the addon `juno.node` does not load: build it with `npm run build` in juno-node', { cause })
  }
}

// Written out one by one, so that `import { … } from 'juno'` finds the names.
module.exports.WorkingCalendar = native.WorkingCalendar
module.exports.tryPolicy = native.tryPolicy
module.exports.version = native.version
