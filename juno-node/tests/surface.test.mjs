// tests/surface.toml lists what the package and its types offer: no more and no less.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import test from 'node:test'

import ts from 'typescript'

import * as imported from '../index.js'

const require = createRequire(import.meta.url)
const text = (path) => readFileSync(new URL(path, import.meta.url), 'utf8')

// The list is plain enough to be read without a TOML library: tables of `key = value`.
const tables = text('../../tests/surface.toml')
  .split(/^\[\[/m)
  .slice(1)
  .map((table) => {
    const fields = [...table.matchAll(/^(\w+) = "?([^"\n]*)"?$/gm)].map(([, key, value]) => [key, value])
    return { table: table.slice(0, table.indexOf(']]')), ...Object.fromEntries(fields) }
  })
const listed = tables.filter(({ table }) => table === 'name')
const interfaces = new Set(listed.filter(({ kind }) => kind === 'interface').map(({ node }) => node))
const owner = ({ node }) => node.split('.')[0]
const live = listed.filter((entry) => !interfaces.has(owner(entry)))

const declared = new Map()
for (const statement of ts.createSourceFile('index.d.ts', text('../index.d.ts'), ts.ScriptTarget.ES2022).statements) {
  const name = statement.name?.text
  if (ts.isFunctionDeclaration(statement)) declared.set(name, statement)
  if (ts.isModuleDeclaration(statement)) {
    declared.set(name, statement)
    for (const inner of statement.body.statements) declared.set(`${name}.${inner.name.text}`, inner)
  }
  const members = ts.isClassDeclaration(statement) || interfaces.has(name) ? statement.members : undefined
  if (members) declared.set(name, statement)
  for (const member of members ?? []) if (member.name) declared.set(`${name}.${member.name.text}`, member)
}

test('the package offers what the list says, to import and to require', () => {
  const names = live.map(({ node }) => node).filter((name) => !name.includes('.')).sort()
  assert.deepEqual(Object.keys(require('../juno.node')).sort(), names)
  assert.deepEqual(Object.keys(require('../index.js')).sort(), names)
  assert.deepEqual(Object.keys(imported).filter((name) => !['default', 'module.exports'].includes(name)).sort(), names)
})

test('the classes and namespaces have the members the list says', () => {
  for (const { node } of live.filter(({ kind }) => kind === 'class' || kind === 'namespace')) {
    const ofFunctions = ['arguments', 'caller', 'length', 'name', 'prototype']
    const own = Object.getOwnPropertyNames(imported[node]).filter((name) => !ofFunctions.includes(name))
    const shared = Object.getOwnPropertyNames(imported[node].prototype ?? {}).filter((name) => name !== 'constructor')
    const members = [...own, ...shared]
    const wanted = live.filter((entry) => owner(entry) === node && entry.node !== node).map((entry) => entry.node)
    assert.deepEqual(members.map((name) => `${node}.${name}`).sort(), wanted.sort())
  }
})

test('the types declare what the list says, and a promise where it waits', () => {
  assert.deepEqual([...declared.keys()].sort(), listed.map(({ node }) => node).sort())
  for (const { node, waits, promise, kind } of listed) {
    const type = declared.get(node).type?.typeName?.text
    if (kind === 'method' || kind === 'function') assert.equal(type === 'Promise', (waits ?? promise) === 'true', node)
  }
})

test('the version is that of the package', () => {
  assert.equal(imported.version(), require('../package.json').version)
})
