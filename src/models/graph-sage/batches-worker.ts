/** @file Worker: makes training batches of the graph's tower. */

import { serveBatches } from '../../nn/batches.ts'
import { openBatches } from './batches.ts'

serveBatches(openBatches)
