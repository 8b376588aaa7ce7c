#!/usr/bin/env node
/** @file The `labrador` command: one file per subcommand in this folder, one line here. */

import { Command } from 'commander'
import { demoCommand } from './demo.ts'
import { evaluateCommand } from './evaluate.ts'
import { exportCommand } from './export.ts'
import { fitCommand } from './fit.ts'
import { importCommand } from './import.ts'
import { serveCommand } from './serve.ts'
import { statsCommand } from './stats.ts'
import { reportError } from './terminal.ts'

const program = new Command('labrador')
  .description('Recommendations from your events: import, fit, evaluate, serve.')
  .version('0.1.0')
  .showHelpAfterError('(add --help for options and examples)')
  .addCommand(demoCommand())
  .addCommand(importCommand())
  .addCommand(exportCommand())
  .addCommand(statsCommand())
  .addCommand(fitCommand())
  .addCommand(evaluateCommand())
  .addCommand(serveCommand())

try {
  await program.parseAsync()
} catch (error) {
  reportError(error)
  process.exitCode = 1
}
