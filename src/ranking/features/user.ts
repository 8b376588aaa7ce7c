/** @file Features of the user and what the user's history says of a candidate: affinities, marks, demographics. */

import type { Csr } from '../../base/csr.ts'
import { type StringColumn, stringAt } from '../../base/string-column.ts'
import { EVENT_KINDS } from '../../store/records.ts'
import type { FeatureGroup, RankingInput } from './feature-group.ts'

const RATING = 1 + EVENT_KINDS.indexOf('rating')
/** Newest query items that count as what the user is at just now. */
const LATELY = 10

export const userFeatures: FeatureGroup = {
  family: 'user',
  summary: "The user's affinity to the candidate's category and tags, and what else is known of the two.",
  columns: () => [
    'user.category-share',
    'user.category-share-lately',
    'user.tag-share',
    'user.tag-share-lately',
    'user.tag-share-most',
    'user.popularity-gap',
    'user.same-language',
    'user.same-region',
    'user.segment',
    'user.rated-low',
    'user.marked',
  ],
  open({ data, catalog, users }) {
    const { tags, others, count } = data
    const { category, language, region } = catalog
    const known = count.length
    const byCategory = new Float32Array(category.labels.length)
    const byCategoryLately = new Float32Array(category.labels.length)
    const byTag = new Float32Array(tags.columns)
    const byTagLately = new Float32Array(tags.columns)
    const sameLabel = (user: number, label: number) =>
      user === 0 || label === 0 ? Number.NaN : user === label ? 1 : 0
    const languageOf = translation(users.language.labels, language.labels)
    const regionOf = translation(users.region.labels, region.labels)

    /** Counts the categories and tags of the query items up to 1 in sum per item, or takes them out again. */
    function countHistory(query: Uint32Array, sign: 1 | -1): number {
      let popularity = 0
      for (let q = 0; q < query.length; q++) {
        const item = query[q]
        if (item >= known) continue
        const lately = q >= query.length - LATELY
        popularity += Math.log1p(count[item])
        byCategory[category.codes[item]] += sign
        if (lately) byCategoryLately[category.codes[item]] += sign
        for (let k = tags.offsets[item]; k < tags.offsets[item + 1]; k++) {
          byTag[tags.targets[k]] += sign
          if (lately) byTagLately[tags.targets[k]] += sign
        }
      }
      return popularity
    }

    return (input, { values, width, column }) => {
      const { items, request } = input
      const total = Math.max(1, request.items.length)
      const recent = Math.min(total, LATELY)
      const popularity = countHistory(request.items, 1) / total
      const language0 = languageOf[request.language] ?? 0
      const region0 = regionOf[request.region] ?? 0
      for (let row = 0; row < items.length; row++) {
        const item = items[row]
        const at = row * width + column
        if (item >= known) {
          values.fill(Number.NaN, at, at + 11)
          continue
        }
        const shares = tagShares(tags, item, byTag, byTagLately)
        values[at] = byCategory[category.codes[item]] / total
        values[at + 1] = byCategoryLately[category.codes[item]] / recent
        values[at + 2] = shares.all / total
        values[at + 3] = shares.lately / recent
        values[at + 4] = shares.most / total
        values[at + 5] = request.items.length === 0 ? Number.NaN : Math.log1p(count[item]) - popularity
        values[at + 6] = sameLabel(language0, language.codes[item])
        values[at + 7] = sameLabel(region0, region.codes[item])
        values[at + 8] = request.segment
        values[at + 9] = 0
        values[at + 10] = 0
      }
      countHistory(request.items, -1)
      writeOthers(input, others, values, width, column + 9)
    }
  },
}

/** Means over the candidate's tags of how many of the user's items have them, and the most of them. */
function tagShares(tags: Csr, item: number, all: Float32Array, lately: Float32Array) {
  const start = tags.offsets[item]
  const end = tags.offsets[item + 1]
  const shares = { all: 0, lately: 0, most: 0 }
  for (let k = start; k < end; k++) {
    const tag = tags.targets[k]
    shares.all += all[tag]
    shares.lately += lately[tag]
    if (all[tag] > shares.most) shares.most = all[tag]
  }
  if (end > start) {
    shares.all /= end - start
    shares.lately /= end - start
  }
  return shares
}

/** Marks the rows whose item the user has rated low, or marked in another way. */
function writeOthers(
  { items, request }: RankingInput,
  others: Csr,
  values: Float32Array,
  width: number,
  column: number,
): void {
  const { user } = request
  if (user < 0 || user >= others.rows) return
  const start = others.offsets[user]
  const end = others.offsets[user + 1]
  if (start === end) return
  const rowOf = new Map<number, number>()
  for (let row = 0; row < items.length; row++) rowOf.set(items[row], row)
  for (let k = start; k < end; k++) {
    const row = rowOf.get(others.targets[k])
    if (row !== undefined) values[row * width + column + (others.weights![k] === RATING ? 0 : 1)] = 1
  }
}

/** Code of each label in another category column, 0 where that does not have it. */
function translation(from: StringColumn, to: StringColumn): Uint32Array {
  const codes = new Map(Array.from({ length: to.length }, (_, code) => [stringAt(to, code), code]))
  return Uint32Array.from({ length: from.length }, (_, code) => codes.get(stringAt(from, code)) ?? 0)
}
