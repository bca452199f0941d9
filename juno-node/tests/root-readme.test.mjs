// The Node snippet of the front page runs as it stands there.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

const root = fileURLToPath(new URL('../../', import.meta.url))

test('the snippet runs', () => {
  const snippets = [...readFileSync(root + 'README.md', 'utf8').matchAll(/```js\n(.*?)```/gs)]
  assert.equal(snippets.length, 1)
  const printed = execFileSync(process.execPath, ['--input-type=module'], { cwd: root, input: snippets[0][1] })
  assert.match(printed.toString(), /Sprint 13/)
})
