/** @file Worker: makes rows for rankers for ranges of tasks. */

import { serveTasks } from '../base/worker-pool.ts'
import { openRankRows, type RankRowsPart, type RankRowsShared, type RankRowsTask } from './rank-rows.ts'

serveTasks<RankRowsShared, RankRowsTask, RankRowsPart>(openRankRows)
