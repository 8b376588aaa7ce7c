/** @file All commands: one line each, in the order of the help. */

import type { Command } from 'commander'
import { demoCommand } from './demo.ts'
import { evaluateCommand } from './evaluate.ts'
import { experimentCommand } from './experiment.ts'
import { explainCommand } from './explain.ts'
import { exportCommand } from './export.ts'
import { fitCommand } from './fit.ts'
import { importCommand } from './import.ts'
import { learnCommand } from './learn.ts'
import { offPolicyCommand } from './off-policy.ts'
import { serveCommand } from './serve.ts'
import { simulateCommand } from './simulate.ts'
import { snapshotsCommand } from './snapshots.ts'
import { statsCommand } from './stats.ts'
import { tuneCommand } from './tune.ts'

export function commands(): Command[] {
  return [
    demoCommand(),
    importCommand(),
    exportCommand(),
    statsCommand(),
    fitCommand(),
    tuneCommand(),
    evaluateCommand(),
    offPolicyCommand(),
    experimentCommand(),
    simulateCommand(),
    serveCommand(),
    learnCommand(),
    explainCommand(),
    snapshotsCommand(),
  ]
}
