/** @file Worker: makes the blend's examples for ranges of tasks. */

import { serveTasks } from '../base/worker-pool.ts'
import type { BlendExamples } from '../ranking/fit-blend.ts'
import { type ExamplesShared, type ExamplesTask, openExamples } from './examples.ts'

serveTasks<ExamplesShared, ExamplesTask, BlendExamples>(openExamples)
