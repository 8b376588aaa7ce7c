/** @file Onboarding in simulation: newcomers answer what they are asked, and the truth tells what was learned. */

import type { Random } from '../../base/random.ts'
import { topK } from '../../base/top-k.ts'
import type { Elicitor } from './elicitors.ts'
import { learnAnswer, likeOf, type TasteModel } from './taste-model.ts'

/** After so many questions, over all newcomers; index = number of questions, from 0. */
export interface OnboardingCurve {
  /** Newcomers whose own cluster is believed in most, as a share. */
  found: Float64Array
  /** Mean probability that they like what would be shown first, by their own cluster's truth. */
  utility: Float64Array
}

/** Items that would be shown after the questions. */
const SHOWN = 10

export function onboard(
  model: TasteModel,
  elicitor: Elicitor,
  questions: number,
  newcomers: number,
  random: Random,
): OnboardingCurve {
  const curve: OnboardingCurve = {
    found: new Float64Array(questions + 1),
    utility: new Float64Array(questions + 1),
  }
  for (let newcomer = 0; newcomer < newcomers; newcomer++) {
    const cluster = drawCluster(model, random)
    const belief = Float64Array.from(model.prior)
    const asked: number[] = []
    for (let question = 0; question <= questions; question++) {
      if (question > 0) {
        const item = elicitor(model, belief, asked)
        asked.push(item)
        learnAnswer(model, belief, item, random.float() < model.likes[cluster * model.items + item]!)
      }
      if (topK(belief, 1)[0] === cluster) curve.found[question]! += 1 / newcomers
      curve.utility[question]! += utilityOf(model, belief, cluster) / newcomers
    }
  }
  return curve
}

/** Questions until a share of the newcomers is found; Infinity when they are too few. */
export function questionsUntil({ found }: OnboardingCurve, share: number): number {
  const questions = found.findIndex((value) => value >= share)
  return questions < 0 ? Number.POSITIVE_INFINITY : questions
}

function utilityOf(model: TasteModel, belief: Float64Array, cluster: number): number {
  const scores = Float64Array.from({ length: model.items }, (_, item) => likeOf(model, belief, item))
  const shown = topK(scores, SHOWN)
  return shown.reduce((sum, item) => sum + model.likes[cluster * model.items + item]!, 0) / shown.length
}

function drawCluster({ prior }: TasteModel, random: Random): number {
  let rest = random.float()
  let cluster = 0
  while (cluster < prior.length - 1 && rest >= prior[cluster]!) rest -= prior[cluster++]!
  return cluster
}
