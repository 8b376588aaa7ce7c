/** @file What items must satisfy to be in an answer, as sources see it. */

/** Any of `values` is accepted. */
export interface AttributeFilter {
  attribute: string
  values: readonly string[]
}

/** Made in the thread that asks the sources: functions do not travel. */
export interface Condition {
  filters: readonly AttributeFilter[]
  /** Whether an item, of the catalog or a later one, passes all of them. */
  passes(item: number): boolean
}
