#!/usr/bin/env node
/** @file The `labrador` command: one file per subcommand in this folder, one line here. */

import { Command } from 'commander'
import { reportError } from './terminal.ts'

const program = new Command('labrador')
  .description('Recommendations from your events: import, fit, evaluate, serve.')
  .version('0.1.0')
  .showHelpAfterError('(add --help for options and examples)')

try {
  await program.parseAsync()
} catch (error) {
  reportError(error)
  process.exitCode = 1
}
