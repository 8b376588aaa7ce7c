/** @file Worker: asks sources and judges configurations for the tuner. */

import { serveTasks } from '../../base/worker-pool.ts'
import { type CascadeDone, type CascadeShared, type CascadeTask, openCascadeTasks } from './cascade-tasks.ts'

serveTasks<CascadeShared, CascadeTask, CascadeDone>(openCascadeTasks)
