/** @file The simulated world: topics, items and users, all from one seed. What happens in it is told by `events.ts`. */

import { createItems, type WorldItems } from './items.ts'
import { type WorldOptions, worldOptions } from './options.ts'
import { createTopics, type Topics } from './topics.ts'
import { createUsers, type WorldUsers } from './users.ts'

/**
 * Items and users are numbered from 0; their ids in a store are these numbers as text, so that they are the dataset's
 * indices too.
 */
export interface World {
  options: WorldOptions
  topics: Topics
  items: WorldItems
  users: WorldUsers
}

/** @throws InvalidOptionError naming the option */
export function createWorld(given: Partial<WorldOptions> = {}): World {
  const options = worldOptions(given)
  const topics = createTopics(options)
  return { options, topics, items: createItems(options, topics), users: createUsers(options, topics) }
}
