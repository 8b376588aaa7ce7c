/** @file Worker: judges ranges of tasks. */

import { serveTasks } from '../base/worker-pool.ts'
import { type JudgeShared, type JudgeTask, openJudge } from './judge.ts'

serveTasks<JudgeShared, JudgeTask, void>(openJudge)
