import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import test from 'node:test'

import * as imported from '../index.js'

const require = createRequire(import.meta.url)

test('the package offers what the addon has, to import and to require', () => {
  const names = Object.keys(require('../juno.node')).sort()
  assert.ok(names.includes('version'))
  assert.deepEqual(Object.keys(require('../index.js')).sort(), names)
  assert.deepEqual(Object.keys(imported).filter((name) => !['default', 'module.exports'].includes(name)).sort(), names)
})

test('the version is that of the package', () => {
  assert.equal(imported.version(), require('../package.json').version)
})
