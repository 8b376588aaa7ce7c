/** @file Before the tests: installs Debian's Chromium when it is missing and we may, else says what to do. */

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const present = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].some(existsSync)

if (!present && process.getuid?.() === 0) {
  console.log('The browser test needs Chromium: installing the Debian package.')
  const run = (command: string, args: string[]) =>
    spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
      .status === 0
  if (
    !(
      run('apt-get', ['update', '-q']) &&
      run('apt-get', ['install', '-yq', '--no-install-recommends', 'chromium'])
    )
  ) {
    console.error('Could not install it. Install Chromium by hand and run the tests again.')
    process.exit(1)
  }
} else if (!present) {
  console.error('The browser test needs Chromium and only root may install it: sudo apt-get install chromium')
  process.exit(1)
}
