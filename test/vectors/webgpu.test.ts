/**
 * @file The GPU's search on Chromium's software driver, in a process of its own: which driver there is, and where its
 * loader lies, is read from the environment when a process begins.
 */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

/** Debian's Chromium and the packages of others. */
const FOLDERS = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome']
const DRIVER = 'vk_swiftshader_icd.json'

test('a search on a software GPU finds what the other kernels find', (context) => {
  const folder = FOLDERS.find((one) => existsSync(join(one, DRIVER)))
  if (!folder) return context.skip(`no ${DRIVER} of Chromium in ${FOLDERS.join(', ')}`)
  const driver = join(folder, DRIVER)
  // The test runner's own variables would make the child report to it, in a form that is not for reading.
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--test-reporter=spec', join(import.meta.dirname, 'webgpu-contract.ts')],
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
  assert.match(stdout, /pass 11/)
})
