// The peer's side of `cargo xtask conformance policy`: reads a line of JSON with a list of cases, answers with a line of
// one letter a case. It drives the package that is installed in the folder given as argument.
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const modules = join(process.argv[2], 'node_modules', '@cloud-copilot')
const load = (path) => import(pathToFileURL(join(modules, path)).href)
const { authorize } = await load('iam-simulate/dist/esm/core_engine/CoreSimulatorEngine.js')
const { AwsRequestImpl } = await load('iam-simulate/dist/esm/request/request.js')
const { RequestContextImpl } = await load('iam-simulate/dist/esm/requestContext.js')
const { DiscoveryContextKeyConstraints } = await load('iam-simulate/dist/esm/context_keys/discoveryContextKeyConstraints.js')
const { runSimulation } = await load('iam-simulate/dist/esm/index.js')
const { loadPolicy } = await load('iam-policy/dist/esm/index.js')

const LETTERS = { Allowed: 'A', ImplicitlyDenied: 'I', ExplicitlyDenied: 'E' }
const allowAll = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
const policies = (list) => (list ?? []).map((policy, place) => loadPolicy(policy, { name: String(place) }))
const one = (policy) => (policy ? loadPolicy(policy, { name: 'one' }) : undefined)
const levels = (list, first) =>
  (list ?? []).map(({ orgIdentifier, policies: attached }) => ({
    orgIdentifier,
    policies: policies([...first, ...attached])
  }))

function answer(item) {
  const { principal, resource, action, context, wildcardOnlyAction } = item.request
  const analysis = authorize({
    request: new AwsRequestImpl(principal, resource, action, new RequestContextImpl(context ?? {}), wildcardOnlyAction),
    sessionPolicy: one(item.sessionPolicy),
    identityPolicies: policies(item.identityPolicies),
    serviceControlPolicies: levels(item.serviceControlPolicies, []),
    resourceControlPolicies: levels(item.resourceControlPolicies, [allowAll]),
    resourcePolicy: one(item.resourcePolicy),
    permissionBoundaries: item.permissionBoundaries ? policies(item.permissionBoundaries) : undefined,
    vpcEndpointPolicies: item.endpointPolicies ? policies(item.endpointPolicies) : undefined,
    simulationParameters: {
      simulationMode: item.simulation?.mode ?? 'Strict',
      discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints(
        item.simulation?.discoveryContextKeyConstraints ?? []
      )
    }
  })
  return LETTERS[analysis.result] ?? '?'
}

function attempt(item) {
  try {
    return answer(item)
  } catch {
    return '!'
  }
}

async function timed(item) {
  const started = process.hrtime.bigint()
  answer(item)
  return Number(process.hrtime.bigint() - started)
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line)
  if (Array.isArray(message)) {
    process.stdout.write(message.map(attempt).join('') + '\n')
  } else if (message.time) {
    const nanos = []
    for (let run = 0; run < message.runs; run++) nanos.push(await timed(message.time))
    process.stdout.write(JSON.stringify(nanos) + '\n')
  } else {
    const { simulation, simulationOptions } = message
    process.stdout.write(JSON.stringify(await runSimulation(simulation, simulationOptions ?? {})) + '\n')
  }
}
