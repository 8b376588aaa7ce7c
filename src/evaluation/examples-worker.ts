/** @file Worker: makes the blend's examples for ranges of tasks. */

import { serveTasks } from '../base/worker-pool.ts'
import type { BlendExamples } from '../ranking/fit-blend.ts'
import { type ExamplesShared, openExamples } from './examples.ts'
import type { TaskRange } from './run-ranges.ts'

serveTasks<ExamplesShared, TaskRange, BlendExamples>(openExamples)
