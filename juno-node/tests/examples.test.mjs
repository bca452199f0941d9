// The quickstart says the same in three languages, and the snippets of the README run.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'

import { root } from './setup.mjs'

const folder = () => mkdtempSync(join(tmpdir(), 'juno-'))
const quickstart = join(root, 'examples/node/quickstart.mjs')
const run = (command, ...options) =>
  execFileSync(command, options, { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20, stdio: ['ignore', 'pipe', 'inherit'] })

const python = join(root, '.venv/bin/python')
// Where nothing may be skipped, these fail without it.
const skip = !process.env.REQUIRE_TEST_SERVICES && !existsSync(python) && 'run `make python-build` first'
const cargo = ['run', '--quiet', '--locked', '--package', 'juno-examples', '--example', 'quickstart', '--']

test('Rust, Python and Node are one command', { skip }, () => {
  const sample = join(root, 'examples/data/sample')
  const said = (command, args) => {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 })
    return { status, stdout, stderr }
  }
  const rust = ['run', '--quiet', '--locked', '--package', 'juno-cli', '--features', 'postgres', '--bin', 'juno', '--']
  for (const args of [['--help'], ['forecast', sample], ['forecast', sample, '--json'], ['triage', sample, '--db', 'memory:'], ['frobnicate'], ['forecast', 'nowhere']]) {
    const node = said(process.execPath, [join(root, 'juno-node/bin/juno.js'), ...args])
    assert.deepStrictEqual(said(python, ['-m', 'juno', ...args]), node)
    assert.deepStrictEqual(said('cargo', [...rust, ...args]), node)
  }
})

test('Rust, Python and Node give the same JSON', { skip }, () => {
  const fresh = (...more) => ['--json', '--db', join(folder(), 'juno.db'), ...more]
  for (const more of [[], ['--as-of', '2026-10-20T08:30:00Z']]) {
    const node = JSON.parse(run(process.execPath, quickstart, ...fresh(...more)))
    assert.ok(node.audit.verified && node.forecasts.length)
    assert.deepStrictEqual(JSON.parse(run(python, 'examples/python/quickstart.py', ...fresh(...more))), node)
    assert.deepStrictEqual(JSON.parse(run('cargo', ...cargo, ...fresh(...more))), node)
  }
})

test('the quickstart prints text, writes a page, and says in one line what is wrong', () => {
  const cwd = folder()
  const spawned = (...options) => spawnSync(process.execPath, [quickstart, ...options], { cwd, encoding: 'utf8' })
  assert.match(spawned('--report', 'review.html').stdout, /^JUNO review, as of /)
  assert.match(readFileSync(join(cwd, 'review.html'), 'utf8'), /<\/html>/)
  const failed = spawned('--input', 'nowhere')
  assert.equal(failed.status, 1)
  assert.match(failed.stderr, /^error: .*nowhere.*\n$/)
})

test('a model is trained and judged, as in Python', { skip }, () => {
  const options = ['--trees', '3', '--model', join(folder(), 'sprints.juno')]
  const said = run(process.execPath, 'examples/node/train-and-trust.mjs', ...options)
  assert.match(said, /^blend +0\.\d+ +0\.\d+ +\d\.\d+$/m)
  assert.equal(said, run(python, 'examples/python/train_and_trust.py', ...options))
  assert.ok(existsSync(options.at(-1)))
})

test('the snippets of the README run', () => {
  const text = readFileSync(join(root, 'juno-node/README.md'), 'utf8')
  const snippets = [...text.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code)
  assert.ok(snippets.length)
  const program = join(folder(), 'readme.mjs')
  const installed = JSON.stringify(new URL('../index.js', import.meta.url).href)
  // The folder first: the clone itself may lie in the temporary folder.
  writeFileSync(program, snippets.join('\n').replaceAll('/tmp', folder()).replaceAll("'juno'", installed))
  const said = run(process.execPath, program)
  const outputs = [...text.matchAll(/^```js\n(?:(?!^```).)*^```\n\n```text\n(.*?)^```/gms)].map(([, output]) => output)
  assert.equal(outputs.length, 2)
  for (const output of outputs) assert.ok(said.includes(output), output)
})
