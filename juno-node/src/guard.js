;(gate, fn, options, juno, proposalId) => {
  const { action, impact, undo, key = null, team = 'default', category = 'ticket_management', proposer = 'juno' } = options
  const { rationale = `${action} was called.`, confidence = 1, target = (...args) => args[0] } = options
  const sure = typeof confidence === 'number' ? { value: confidence, calibration: { state: 'uncalibrated' } } : confidence

  return async function (...args) {
    const on = target(...args)
    const exact = {
      type: 'custom',
      name: action,
      target: on === undefined || on === null ? action : String(on),
      category,
      reversible: undo !== undefined,
      arguments: Object.fromEntries(args.map((value, nth) => [String(nth), value])),
    }
    const { request } = await juno.submit({
      id: proposalId(exact, { guard: action, key }),
      action: exact,
      impact,
      team,
      proposer,
      confidence: sure,
      score: null,
      rationale,
      evidence: [],
      proposed_at: juno.now(),
    })
    const permit = await gate.execute(request.id, undo?.(...args))
    let value
    try {
      value = await fn.apply(this, args)
    } catch (thrown) {
      // What was thrown is not to be hidden: should this fail, the execution is looked up later.
      await permit.finish('uncertain', `the function threw ${thrown}`).catch(() => {})
      throw thrown
    }
    await permit.finish('done', 'done')
    return value
  }
}
