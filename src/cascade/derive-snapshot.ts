/** @file A snapshot that differs from another one only in its rankers: what is the same is linked, not written again. */

import { link, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { syncDirectory, writeFileAtomic } from '../base/atomic-file.ts'
import type { RankerModel } from '../ranking/rankers/ranker.ts'
import { SURFACES, type Surface } from '../sources/request.ts'
import { type Manifest, rankerFile, readManifest, WRITING, writeManifest } from './snapshot.ts'
import { snapshotName } from './snapshot-name.ts'

/**
 * Writes the new snapshot whole under its final name, or not at all; it is not made the active one.
 *
 * @param from name of the snapshot that the rankers are for
 * @param now ms since 1970: names the snapshot
 */
export async function deriveSnapshot(
  folder: string,
  from: string,
  rankers: Partial<Record<Surface, RankerModel>>,
  now: number,
): Promise<Manifest> {
  const base = await readManifest(folder, from)
  const name = snapshotName(now)
  const temporary = join(folder, `${WRITING}${process.pid}-${name}`)
  await rm(temporary, { recursive: true, force: true })
  await mkdir(temporary, { recursive: true })
  const replaced = new Set(SURFACES.filter((surface) => rankers[surface]).map(rankerFile))
  for (const file of await readdir(join(folder, from))) {
    if (file === 'manifest.json' || replaced.has(file)) continue
    await link(join(folder, from, file), join(temporary, file))
  }
  for (const surface of SURFACES) {
    const model = rankers[surface]
    if (model) await writeFileAtomic(join(temporary, rankerFile(surface)), model.text)
  }
  const manifest: Manifest = { ...base, name, rankers: { ...base.rankers, ...rankers } }
  await writeManifest(temporary, manifest)
  await rename(temporary, join(folder, name))
  await syncDirectory(folder)
  return manifest
}
