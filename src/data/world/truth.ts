/** @file What is true in a simulated world, and only there known: who likes what and when, and what belongs together. */

import { NO_ITEM } from './items.ts'
import { periodOf } from './options.ts'
import { INTEREST_WEIGHTS, interestAt } from './users.ts'
import type { World } from './world.ts'

/** Attention for a topic that is no interest of the user: in the category of one, and anywhere. */
const NEAR_TASTE = 0.05
const ANY_TASTE = 0.005

/** What is left of the appeal where the item does not fit the user. */
const FOREIGN_REGION = 0.12
const FOREIGN_LANGUAGE = 0.05
const SECOND_STYLE = 0.7
const OTHER_STYLE = 0.15
/** The least appeal that poor quality leaves. */
const QUALITY_FLOOR = 0.4

/** A moment as a share of the period: 0 at its start, 1 at its end. */
export function shareOfPeriod(world: World, time: number): number {
  const { start, end } = periodOf(world.options)
  return (time - start) / (end - start)
}

/** How much of the user's attention the topic has at that time, in (0, 1]. */
export function taste(world: World, user: number, topic: number, time: number): number {
  const { category } = world.topics
  const share = shareOfPeriod(world, time)
  let attention = 0
  let nearest = ANY_TASTE
  for (let k = 0; k < INTEREST_WEIGHTS.length; k++) {
    const interest = interestAt(world.users, user, k, share)
    if (interest === topic) attention += INTEREST_WEIGHTS[k]
    else if (category[interest] === category[topic]) nearest = NEAR_TASTE
  }
  return Math.max(attention, nearest)
}

/** How an item of a topic that the user cares for strikes them: place, language, look and quality; in (0, 1]. */
export function appeal({ items, users }: World, user: number, item: number): number {
  let value = QUALITY_FLOOR + (1 - QUALITY_FLOOR) * items.quality[item]
  if (items.region[item] !== 0 && items.region[item] !== users.region[user]) value *= FOREIGN_REGION
  if (items.language[item] !== 0 && items.language[item] !== users.language[user]) value *= FOREIGN_LANGUAGE
  if (items.style[item] === users.secondStyle[user]) value *= SECOND_STYLE
  else if (items.style[item] !== users.style[user]) value *= OTHER_STYLE
  return value
}

/** Whether the user would like the item at that time: the probability of taking it when it is shown out of the blue. */
export function affinity(world: World, user: number, item: number, time: number): number {
  return taste(world, user, world.items.topic[item], time) * appeal(world, user, item)
}

/** The item that is bought along with this one; null when there is none. */
export function complementOf({ items }: World, item: number): number | null {
  return items.complement[item] === NO_ITEM ? null : items.complement[item]
}

/** The item that people go on to from this one; null when there is none. */
export function sequelOf({ items }: World, item: number): number | null {
  return items.sequel[item] === NO_ITEM ? null : items.sequel[item]
}

export function topicOf({ items }: World, item: number): number {
  return items.topic[item]
}

export function categoryOf({ items, topics }: World, item: number): number {
  return topics.category[items.topic[item]]
}
