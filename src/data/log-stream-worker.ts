/** @file Worker: makes training batches from the event log. */

import { serveBatches } from '../nn/batches.ts'
import { openLogExamples } from './log-examples.ts'

serveBatches(openLogExamples)
