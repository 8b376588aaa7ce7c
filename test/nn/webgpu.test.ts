/**
 * @file The same train step on a GPU, here Chromium's software driver, in processes of their own: which driver there is is
 * read from the environment when a process begins.
 */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Device } from '../../src/nn/session.ts'

/** Debian's Chromium and the packages of others. */
const FOLDERS = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome']
const DRIVER = 'vk_swiftshader_icd.json'
const TOLERANCE = 1e-3

test('a transformer learns on a software GPU as it does on the processor', (context) => {
  const folder = FOLDERS.find((one) => existsSync(join(one, DRIVER)))
  if (!folder) return context.skip(`no ${DRIVER} of Chromium in ${FOLDERS.join(', ')}`)
  const expected = lossesOn('cpu', folder)
  const found = lossesOn('webgpu', folder)
  assert.ok(expected.length > 1 && expected.length === found.length)
  for (const [k, loss] of expected.entries())
    assert.ok(Math.abs(found[k]! - loss) <= TOLERANCE * loss, `step ${k + 1}: ${found[k]} for ${loss}`)
  // Another order of sums leaves its trace: losses that agree to the last bit were made by the processor.
  assert.notDeepEqual(found, expected)
})

function lossesOn(device: Device, folder: string): number[] {
  const driver = join(folder, DRIVER)
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'webgpu-training.ts'), device],
    {
      encoding: 'utf8',
      env: {
        ...environment,
        VK_DRIVER_FILES: driver,
        VK_ICD_FILENAMES: driver,
        // The Vulkan loader lies beside the driver where the system has none.
        LD_LIBRARY_PATH: [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
      },
    },
  )
  assert.equal(status, 0, `${stdout}\n${stderr}`)
  return JSON.parse(stdout)
}
