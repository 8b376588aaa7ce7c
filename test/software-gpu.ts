/**
 * @file Software drivers for Vulkan, Chromium's and Mesa's, for processes of their own: which driver there is, and where its
 * loader lies, is read from the environment when a process begins.
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

/** Mesa's software driver, which has float16 as Chromium's has not: version 25 runs here, 22 has not all that is asked of it. */
const MESA = process.env.LABRADOR_MESA_DRIVER ?? '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json'

/** Why there is no software driver with float16; null when there is one. */
export function whyNoHalfFloatGpu(): string | null {
  if (!existsSync(MESA)) return `no ${MESA} of Mesa (LABRADOR_MESA_DRIVER may name another)`
  const probe = join(import.meta.dirname, 'gpu-features.ts')
  return runOnDriver(MESA, [probe]).includes('shader-f16') ? null : `${MESA} has no float16`
}

/** Runs Node with these arguments on the driver. @returns what it printed; its failure fails the test */
export const runOnSoftwareGpu = (args: readonly string[]) =>
  runOnDriver(join(driverFolder() as string, DRIVER), args)

/** The same on Mesa's. */
export const runOnHalfFloatGpu = (args: readonly string[]) => runOnDriver(MESA, args)

function runOnDriver(driver: string, args: readonly string[]): string {
  // The test runner's own variables would make the child report to it, in a form that is not for reading.
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: {
      ...environment,
      VK_DRIVER_FILES: driver,
      VK_ICD_FILENAMES: driver,
      // The Vulkan loader lies beside Chromium's driver where the system has none.
      LD_LIBRARY_PATH: [driverFolder(), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
    },
  })
  assert.equal(status, 0, `${stdout}\n${stderr}`)
  return stdout
}
