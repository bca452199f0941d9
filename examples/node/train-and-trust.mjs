// Train a risk model on your own sprints, and see how far to trust it.
//
//     node examples/node/train-and-trust.mjs
//     node examples/node/train-and-trust.mjs --data my-sprints.csv --model sprints.juno

import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { backtest, checkData, scores, train } from '../../juno-node/index.js'

const { values: given, positionals } = parseArgs({
  allowPositionals: true, // further paths after --data
  options: {
    data: { type: 'string', multiple: true, default: [fileURLToPath(new URL('../data/made-up-sprints.csv', import.meta.url))] },
    model: { type: 'string' }, // also write the model to this file
    trees: { type: 'string', default: '200' }, // trees of each forest
  },
})

const shown = (number) => number?.toFixed(3) ?? '-'

async function main() {
  const paths = [...given.data, ...positionals]
  const settings = { nTrees: Number(given.trees) }
  const data = await checkData(paths)
  console.log(`${data.used} of ${data.given} sprints can be used`)

  // The last sprints of each project, forecast by models that were fitted on those before, beside simple rules.
  const report = await backtest(paths, { model: settings })
  console.log('\nmodel            Brier    AUC  log loss')
  for (const { name, mean } of report.models) {
    const cells = [shown(mean.brier).padStart(6), shown(mean.auc).padStart(6), shown(mean.log_loss).padStart(9)]
    console.log(`${name.padEnd(15)} ${cells.join(' ')}`)
  }

  // Are the chances right? Of sprints forecast at 30 %, about 30 % should miss.
  const said = report.predictions
  const error = scores.expectedCalibrationError(said.p_miss, said.missed)
  const byChance = scores.eceBand(said.p_miss).band
  console.log(`\ncalibration error ${shown(error)}; up to ${shown(byChance.upper)} would be chance`)
  const known = said.lo80.flatMap((bound, n) => (bound === null ? [] : [n]))
  const column = (name) => known.map((n) => said[name][n])
  const held = scores.coverage(column('lo80'), column('hi80'), column('outcome'))
  console.log(`80 % ranges held ${shown(held)} of what was delivered`)

  // The model to use knows all sprints; its card says how well models like it did.
  const trained = (await train(paths, settings)).withScores(report)
  console.log(`\n${trained.card.limits[0]}`)
  if (given.model) await trained.save(given.model)
}

await main().catch((error) => {
  console.error(`error: ${error.message}`)
  process.exitCode = 1
})
