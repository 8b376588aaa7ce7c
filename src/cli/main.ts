#!/usr/bin/env node
/** @file The `labrador` command: one file per subcommand in this folder, one line in `commands.ts`. */

import { Command } from 'commander'
import { commands } from './commands.ts'
import { reportError } from './terminal.ts'

const program = new Command('labrador')
  .description('Recommendations from your events: import, fit, evaluate, serve.')
  .version('0.1.0')
  .showHelpAfterError('(add --help for options and examples)')

for (const command of commands()) program.addCommand(command)

try {
  await program.parseAsync()
} catch (error) {
  reportError(error)
  process.exitCode = 1
}
