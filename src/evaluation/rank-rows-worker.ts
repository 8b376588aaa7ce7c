/** @file Worker: makes rows for rankers for ranges of tasks. */

import { serveTasks } from '../base/worker-pool.ts'
import { openRankRows, type RankRowsPart, type RankRowsShared } from './rank-rows.ts'
import type { TaskRange } from './run-ranges.ts'

serveTasks<RankRowsShared, TaskRange, RankRowsPart>(openRankRows)
