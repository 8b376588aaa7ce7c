/** @file Worker: makes training batches of the two-tower model. */

import { serveBatches } from '../../nn/batches.ts'
import { openBatches } from './batches.ts'

serveBatches(openBatches)
