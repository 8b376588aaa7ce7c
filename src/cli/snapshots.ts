/** @file `labrador snapshots`: which there are, and back to an earlier one. */

import { Command } from 'commander'
import { DamagedArtefactError } from '../base/errors.ts'
import { activateSnapshot, activeSnapshot, listSnapshots, readManifest } from '../cascade/snapshot.ts'
import { snapshotFolderOf } from '../cascade/snapshot-folder.ts'
import { type DataArguments, storeOf } from './options.ts'
import { terminalProgress } from './terminal.ts'

interface SnapshotsArguments extends DataArguments {
  activate?: string
  json: boolean
}

const EXAMPLES = `
Examples:
  labrador snapshots --store shop/store.db
  labrador snapshots --store shop/store.db --activate 20261124-021530-123`

export function snapshotsCommand(): Command {
  return new Command('snapshots')
    .description('List the snapshots of a store, or make an earlier one the active one.')
    .option('--data <name>', 'a public dataset by name, or a simulated world')
    .option('--store <file>', 'a store of your own')
    .option('--activate <name>', 'make this one active; running servers take it within seconds')
    .option('--data-dir <folder...>', 'where datasets are looked for (default: data, then ../shared/data)')
    .option('--json', 'print as JSON', false)
    .addHelpText('after', EXAMPLES)
    .action(run)
}

async function run(given: SnapshotsArguments): Promise<void> {
  const store = await storeOf(given, terminalProgress(true))
  store.close()
  const folder = snapshotFolderOf(store.path)
  if (given.activate !== undefined) await activateSnapshot(folder, given.activate)
  const active = await activeSnapshot(folder)
  const snapshots = []
  const damaged: DamagedArtefactError[] = []
  for (const name of await listSnapshots(folder)) {
    const manifest = await readManifest(folder, name).catch((error: unknown) => {
      if (!(error instanceof DamagedArtefactError)) throw error
      damaged.push(error)
      return null
    })
    if (!manifest) continue
    const { fittedAt, interactions, sources, rankers } = manifest
    const ranked = Object.entries(rankers).map(([surface, { ranker }]) => `${surface}: ${ranker}`)
    snapshots.push({
      name,
      active: name === active,
      fittedAt,
      interactions,
      sources: sources.length,
      rankers: ranked,
    })
  }
  // The others are still to be gone back to.
  for (const { message } of damaged) console.error(`labrador: ${message}`)
  if (damaged.length > 0) process.exitCode = 1
  if (given.json) {
    console.log(JSON.stringify(snapshots, null, 2))
    return
  }
  for (const { name, active: isActive, interactions, sources, rankers } of snapshots) {
    const ranked = rankers.length > 0 ? rankers.join(', ') : 'ranked by the blend'
    console.log(
      `${isActive ? '*' : ' '} ${name}  ${interactions.toLocaleString('en')} interactions, ${sources} sources, ${ranked}`,
    )
  }
}
