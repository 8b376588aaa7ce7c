/** @file A dataset and its requests as two towers see them. */

import { type Csr, rowOf } from '../base/csr.ts'
import { stringAt } from '../base/string-column.ts'
import type { Categories, Dataset, UserTable } from '../data/dataset.ts'
import { historiesOf } from '../data/histories.ts'
import { NO_CONDITION } from '../models/two-tower/conditions.ts'
import type { RecallCase } from '../models/two-tower/recall.ts'
import type { TwoTowerInput } from '../models/two-tower/training-input.ts'
import type { VectorMatrix } from '../vectors/vector-matrix.ts'
import type { ResolvedRequest } from './request.ts'

/** Which codes of a request are attributes of its user. */
export const ATTRIBUTES = ['region', 'language', 'segment'] as const
export type Attribute = (typeof ATTRIBUTES)[number]

/** The attribute of items that users may ask for. */
export const CONDITION = 'category'

/** Only they teach. */
export function usersWithTwoItems({ interactions: { user, item }, users }: Dataset): number {
  const first = new Int32Array(users.users.ids.length).fill(-1)
  const others = new Uint8Array(first.length)
  item.forEach((one, k) => {
    const who = user[k]!
    if (first[who] === -1) first[who] = one
    else if (first[who] !== one) others[who] = 1
  })
  return others.reduce((sum, has) => sum + has, 0)
}

/** The attributes that the users have, of more than one value. */
export function attributesOf(users: UserTable): { name: Attribute; codes: Uint32Array; values: number }[] {
  return ATTRIBUTES.map((name) => ({ name, ...valuesOf(users[name]) })).filter(({ values }) => values > 1)
}

const valuesOf = ({ codes, labels }: Categories) => ({ codes, values: labels.length })

export function inputOf(
  dataset: Dataset,
  options: { ordered: boolean; ids: boolean; conditions?: number },
  content: VectorMatrix | null,
): TwoTowerInput {
  const { interactions, users, catalog } = dataset
  return {
    histories: historiesOf(interactions, users.users.ids.length, catalog.items.ids.length),
    isOrdered: options.ordered && interactions.time !== null,
    attributes: attributesOf(users),
    ...(options.conditions && {
      conditions: { ...valuesOf(catalog.category), share: options.conditions },
    }),
    content,
    ids: options.ids,
  }
}

/** At most `limit` users who had items before and took up new ones later, from all over the table of users. */
export function laterCases(
  { histories, attributes }: TwoTowerInput,
  later: Csr,
  limit: number,
): RecallCase[] {
  const cases: RecallCase[] = []
  for (let user = 0; user < later.rows; user++) {
    const asked = rowOf(histories, user)
    const known = new Set(asked)
    const hidden = rowOf(later, user).filter((item) => !known.has(item))
    if (asked.length === 0 || hidden.length === 0) continue
    cases.push({ asked, hidden, codes: attributes.map(({ codes }) => codes[user]!) })
  }
  const step = Math.max(1, cases.length / limit)
  return Array.from({ length: Math.min(limit, cases.length) }, (_, k) => cases[Math.floor(k * step)]!)
}

/** A matrix of each attribute that was trained, under its name. */
export function namedAttributes(
  users: UserTable,
  matrices: readonly Float32Array[],
): Partial<Record<Attribute, Float32Array>> {
  return Object.fromEntries(attributesOf(users).map(({ name }, k) => [name, matrices[k]!]))
}

/** @returns a request's code of each attribute that was trained; the first one for a code that came later */
export function openCodes(
  matrices: Partial<Record<Attribute, Float32Array>> | undefined,
  dim: number,
): { matrices: Float32Array[]; codesOf(request: ResolvedRequest): number[] } {
  const names = ATTRIBUTES.filter((name) => matrices?.[name])
  const trained = names.map((name) => matrices![name]!)
  return {
    matrices: trained,
    codesOf: (request) =>
      names.map((name, k) => ((request[name] + 1) * dim <= trained[k]!.length ? request[name] : 0)),
  }
}

/** @returns the code of the value that a request asks for; none where it leaves a choice, or its value came later */
export function openConditions({ labels }: Categories): (request: ResolvedRequest) => number {
  const codes = new Map(Array.from({ length: labels.length }, (_, code) => [stringAt(labels, code), code]))
  return ({ condition }) => {
    const values = condition?.filters.find(({ attribute }) => attribute === CONDITION)?.values
    return values?.length === 1 ? (codes.get(values[0]!) ?? NO_CONDITION) : NO_CONDITION
  }
}
