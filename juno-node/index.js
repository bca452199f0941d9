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
module.exports.AuditSigner = native.AuditSigner
module.exports.BlendClassifier = native.BlendClassifier
module.exports.Calibrator = native.Calibrator
module.exports.Gate = native.Gate
module.exports.Juno = native.Juno
module.exports.Permit = native.Permit
module.exports.Records = native.Records
module.exports.RulePolicy = native.RulePolicy
module.exports.Session = native.Session
module.exports.TrainedModel = native.TrainedModel
module.exports.WorkingCalendar = native.WorkingCalendar
module.exports.actionDigest = native.actionDigest
module.exports.assess = native.assess
module.exports.backtest = native.backtest
module.exports.biasReport = native.biasReport
module.exports.checkData = native.checkData
module.exports.complianceMarkdown = native.complianceMarkdown
module.exports.complianceRules = native.complianceRules
module.exports.complianceText = native.complianceText
module.exports.decide = native.decide
module.exports.forecastColumns = native.forecastColumns
module.exports.intervalChart = native.intervalChart
module.exports.memoryColumns = native.memoryColumns
module.exports.merkleRoot = native.merkleRoot
module.exports.oversightText = native.oversightText
module.exports.proposalId = native.proposalId
module.exports.readCheckpoint = native.readCheckpoint
module.exports.reliabilityChart = native.reliabilityChart
module.exports.reportHtml = native.reportHtml
module.exports.reportText = native.reportText
module.exports.runCommand = native.runCommand
module.exports.riskIndex = native.riskIndex
module.exports.scoreConfidence = native.scoreConfidence
module.exports.scores = native.scores
module.exports.train = native.train
module.exports.tryPolicy = native.tryPolicy
module.exports.verifyAudit = native.verifyAudit
module.exports.verifyConsistency = native.verifyConsistency
module.exports.verifyInclusion = native.verifyInclusion
module.exports.verifyReceipt = native.verifyReceipt
module.exports.version = native.version

// `await using permit = await gate.execute(…)`: one that is left without an end is looked up, never repeated.
Object.defineProperty(native.Permit.prototype, Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose'), {
  value: async function () {
    if (this.outcome === null) await this.finish('uncertain', 'it was left without an end').catch(settled)
  },
})

// Somebody finished it meanwhile, or took over: their word stands.
function settled(error) {
  if (error.code !== 'JUNO_CONFLICT') throw error
}
