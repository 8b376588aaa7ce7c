/**
 * @file Chromium's software driver for Vulkan, for processes of their own: which driver there is, and where its loader lies,
 * is read from the environment when a process begins.
 */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Debian's Chromium and the packages of others. */
const FOLDERS = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome']
const DRIVER = 'vk_swiftshader_icd.json'

/** Why there is none; null when there is one. */
export const whyNoSoftwareGpu = () =>
  driverFolder() ? null : `no ${DRIVER} of Chromium in ${FOLDERS.join(', ')}`

const driverFolder = () => FOLDERS.find((folder) => existsSync(join(folder, DRIVER)))

/** Runs Node with these arguments on the driver. @returns what it printed; its failure fails the test */
export function runOnSoftwareGpu(args: readonly string[]): string {
  const folder = driverFolder() as string
  const driver = join(folder, DRIVER)
  // The test runner's own variables would make the child report to it, in a form that is not for reading.
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: {
      ...environment,
      VK_DRIVER_FILES: driver,
      VK_ICD_FILENAMES: driver,
      // The Vulkan loader lies beside the driver where the system has none.
      LD_LIBRARY_PATH: [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
    },
  })
  assert.equal(status, 0, `${stdout}\n${stderr}`)
  return stdout
}
