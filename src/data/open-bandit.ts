/**
 * @file The small Open Bandit Dataset (Saito et al. 2020): what two policies showed on a fashion site, with the
 * probability of each showing and whether it was clicked. No catalog and no histories, so it is not read into a store.
 */

import { join } from 'node:path'
import { InvalidRowError } from '../base/errors.ts'
import { readCsv } from './csv.ts'
import { type DatasetPlace, type FindOptions, findDataset } from './files.ts'
import { gzipOrPlain } from './lines.ts'

export const BANDIT_LOGS = ['random', 'bts'] as const
/** Who showed the items: a uniform draw, or Bernoulli Thompson sampling. */
export type BanditLog = (typeof BANDIT_LOGS)[number]

export const BANDIT_CAMPAIGNS = ['men', 'women'] as const
export type BanditCampaign = (typeof BANDIT_CAMPAIGNS)[number]

/** One row per item shown at one of three places. */
export interface OpenBanditRows {
  readonly items: number
  readonly item: Uint32Array
  /** 0-based place. */
  readonly position: Uint8Array
  /** 1 = clicked. */
  readonly click: Float64Array
  /** Probability that the logging policy showed this item at this place. */
  readonly propensity: Float64Array
  /** Row-major, rows × 4: dense codes of the hashed features of the user, 0 .. `userCodes[k]` − 1. */
  readonly userFeatures: Uint32Array
  readonly userCodes: readonly number[]
  /** Row-major, rows × items: past clicks of the user on items like this, a score ≥ 0. */
  readonly affinity: Float32Array
}

const POSITIONS = 3
const USER_FEATURES = 4

const digests: Readonly<Record<string, string>> = {
  'bts/men/men.csv.gz': 'ab0d55dcd50a99ba519854042ef01b5ac94c6747f417b7b3b66f0387c4fe6bda',
  'bts/women/women.csv.gz': 'f321401df0010f73f0d16a30f93d3d2a2fae4d8eeb0dff1f9ba8b5f53749a934',
  'random/men/men.csv.gz': 'd466c14a04489f126b17f1daad32c2cc7b803f20855bb028a3ab966ba27cb73d',
  'random/women/women.csv.gz': '4882686e1723d1c81ff3422fe16085ce401bbee37e2fa487c36807e64dc0171b',
}

const openBandit: DatasetPlace = {
  name: 'open-bandit',
  title: 'Open Bandit Dataset, small version',
  address: 'https://github.com/st-tech/zr-obp/tree/master/obd',
  files: Object.entries(digests).map(([path, sha256]) => ({ path, sha256 })),
  alternatives: [{ files: Object.keys(digests).map((path) => ({ path: path.replace('.gz', '') })) }],
}

/**
 * @throws UnavailableError when the files are not in any of the data directories
 * @throws InvalidFileError, InvalidRowError when they are damaged
 */
export async function readOpenBandit(
  log: BanditLog,
  campaign: BanditCampaign,
  options: FindOptions = {},
): Promise<OpenBanditRows> {
  const folder = await findDataset(openBandit, options)
  const path = gzipOrPlain(join(folder, log, campaign), `${campaign}.csv`)
  const rows: Record<string, string>[] = []
  for await (const batch of readCsv(path, ['item_id', 'position', 'click', 'propensity_score']))
    rows.push(...batch)
  const items = Object.keys(rows[0] ?? {}).filter((name) => name.startsWith('user-item_affinity_')).length
  const number = (row: number, field: string, least: number, most: number) => {
    const value = Number(rows[row]![field])
    if (rows[row]![field] !== '' && value >= least && value <= most) return value
    throw new InvalidRowError({
      file: path,
      line: row + 2,
      field,
      value: rows[row]![field],
      expected: `a number from ${least} to ${most}`,
    })
  }
  const codes = Array.from({ length: USER_FEATURES }, () => new Map<string, number>())
  const userFeatures = new Uint32Array(rows.length * USER_FEATURES)
  const affinity = new Float32Array(rows.length * items)
  for (let row = 0; row < rows.length; row++) {
    for (const [k, known] of codes.entries()) {
      const label = rows[row]![`user_feature_${k}`] ?? ''
      if (!known.has(label)) known.set(label, known.size)
      userFeatures[row * USER_FEATURES + k] = known.get(label)!
    }
    for (let item = 0; item < items; item++)
      affinity[row * items + item] = number(row, `user-item_affinity_${item}`, 0, Number.MAX_VALUE)
  }
  return {
    items,
    item: Uint32Array.from(rows, (_, row) => number(row, 'item_id', 0, items - 1)),
    position: Uint8Array.from(rows, (_, row) => number(row, 'position', 1, POSITIONS) - 1),
    click: Float64Array.from(rows, (_, row) => number(row, 'click', 0, 1)),
    propensity: Float64Array.from(rows, (_, row) => number(row, 'propensity_score', 0, 1)),
    userFeatures,
    userCodes: codes.map(({ size }) => size),
    affinity,
  }
}
