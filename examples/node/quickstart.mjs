// From a Jira export to an audited decision.
//
//     node examples/node/quickstart.mjs
//     node examples/node/quickstart.mjs --input my-export/ --report review.html

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { Juno, reportHtml, reportText } from '../../juno-node/index.js'

const { values: given, positionals } = parseArgs({
  allowPositionals: true, // further paths after --input
  options: {
    input: { type: 'string', multiple: true, default: [fileURLToPath(new URL('../data/sample', import.meta.url))] },
    'as-of': { type: 'string' }, // such as 2026-11-13T16:00:00Z; default the newest event in the input
    db: { type: 'string', default: 'target/juno-quickstart.db' },
    report: { type: 'string' }, // also write an HTML report to this file
    json: { type: 'boolean', default: false },
  },
})

async function main() {
  mkdirSync(dirname(given.db), { recursive: true })
  // Nothing here can change Jira: the executor only says what it would do. So what policy lists may run without a
  // person. Outside a demonstration, leave supervisor mode on until you trust it.
  const defaults = { 'governance.supervisor_mode': false }
  // The clock stands until the review moves it on: the past is reviewed as it was, deadlines count from then.
  const juno = new Juno(null, { defaults, folder: '.', database: given.db, now: new Date(0) })
  const records = await juno.load([...given.input, ...positionals])
  // Without dates in the input, as in a sprint table, the question is about now.
  const asOf = given['as-of'] ?? (records.newest ? undefined : Date.now())
  const review = await juno.review(records, asOf && new Date(asOf))

  if (given.report) writeFileSync(given.report, reportHtml(review))
  process.stdout.write(given.json ? `${JSON.stringify(review, null, 2)}\n` : reportText(review))
}

await main().catch((error) => {
  console.error(`error: ${error.message}`)
  process.exitCode = 1
})
