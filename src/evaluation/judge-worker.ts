/** @file Worker: judges ranges of tasks. */

import { serveTasks } from '../base/worker-pool.ts'
import { type JudgeShared, openJudge } from './judge.ts'
import type { TaskRange } from './run-ranges.ts'

serveTasks<JudgeShared, TaskRange, void>(openJudge)
