/** @file Title, text and tags of simulated items: words of the topic, of its category, and the maker's made-up name. */

import { createRandom, type Random, shuffle } from '../../base/random.ts'
import { CATEGORIES, COMMON_WORDS, inLanguage, madeUpName } from './vocabulary.ts'
import type { World } from './world.ts'

export interface ItemText {
  title: string
  text: string
  tags: string[]
}

interface TopicWords {
  nouns: string[]
  adjectives: string[]
  /** Words that no other topic has. */
  own: string[]
}

const TOPIC_NOUNS = 4
const TOPIC_ADJECTIVES = 3
const OWN_WORDS = 6
const TEXT_WORDS = 14
/** Words of a text that are the topic's own, of the topic, and of its category; the rest are common to all. */
const OWN_SHARE = 0.25
const TOPIC_SHARE = 0.6
const CATEGORY_SHARE = 0.8
/** Streams of random numbers for texts start here; one per topic and item. */
const TOPIC_STREAM = 0x40000000
const ITEM_STREAM = 0x80000000
/** Names of makers and words of topics are counted from different numbers, so that they never meet. */
const OWN_NAMES = 6_000_000

/** @returns a function that writes the text of an item; the same item always gets the same one */
export function textWriter(world: World): (item: number) => ItemText {
  const { options, topics, items } = world
  const words = Array.from({ length: topics.count }, (_, topic) => topicWords(world, topic))
  return (item) => {
    const topic = items.topic[item]
    const language = items.language[item]
    const random = createRandom(options.seed, ITEM_STREAM + item)
    const { nouns, adjectives, own } = words[topic]
    const category = CATEGORIES[topics.category[topic]]
    const tell = (word: string) => inLanguage(word, language)
    const maker = capitalised(madeUpName(topic * 2048 + items.maker[item]))
    const noun = pick(nouns, random)
    const adjective = pick(adjectives, random)
    const written = new Set<string>()
    for (let k = 0; k < TEXT_WORDS; k++) {
      const share = random.float()
      if (share < OWN_SHARE) written.add(pick(own, random))
      else if (share < TOPIC_SHARE) written.add(tell(pick(random.below(2) ? nouns : adjectives, random)))
      else if (share < CATEGORY_SHARE) written.add(tell(pick(category.nouns, random)))
      else written.add(tell(pick(COMMON_WORDS, random)))
    }
    return {
      title: `${capitalised(tell(adjective))} ${tell(noun)} by ${maker}`,
      text: `${capitalised(Array.from(written).join(' '))}.`,
      tags: [category.name, tell(noun), pick(own, random)],
    }
  }
}

function topicWords(world: World, topic: number): TopicWords {
  const random = createRandom(world.options.seed, TOPIC_STREAM + topic)
  const { nouns, adjectives } = CATEGORIES[world.topics.category[topic]]
  return {
    nouns: shuffle([...nouns], random).slice(0, TOPIC_NOUNS),
    adjectives: shuffle([...adjectives], random).slice(0, TOPIC_ADJECTIVES),
    own: Array.from({ length: OWN_WORDS }, (_, k) => madeUpName(OWN_NAMES + topic * OWN_WORDS + k)),
  }
}

function pick<T>(values: readonly T[], random: Random): T {
  return values[random.below(values.length)]
}

function capitalised(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}
