/** @file Typed client of the Labrador HTTP API; runs wherever `fetch` does. */

export interface ItemCard {
  id: string
  title: string
  tags: string[]
  category: string
  image: string | null
}

export interface RecommendedItem extends ItemCard {
  score: number
  /** How likely it is wanted, where the ranker is calibrated. */
  probability?: number
  /** Names of the sources that proposed the item. */
  sources: string[]
}

export interface Recommendations {
  requestId: string
  surface: 'related' | 'home'
  /** Whether anything is known of the user; absent when none was named. A new user gets items all the same. */
  knownUser?: boolean
  snapshot: string
  /** Whether the answer is in the log: false when the store could not be written in time. */
  logged?: boolean
  /** How the list was arranged: `ranked`, or the name of a policy that explores. */
  policy: string
  query?: ItemCard
  items: RecommendedItem[]
  candidates: number
  trace: { stage: string; ms: number }[]
  missing: { source: string; reason: string }[]
  totalMs: number
}

export interface RequestOptions {
  /** 1 to 500, default 20. */
  limit?: number
  /** Accepted values by attribute. */
  filter?: Readonly<Record<string, readonly string[]>>
  region?: string
  language?: string
  seed?: number
}

export type EventKind = 'impression' | 'click' | 'view' | 'save' | 'purchase' | 'rating' | 'hide'

export interface EventInput {
  id?: string
  user: string
  item: string
  kind: EventKind
  /** Milliseconds since 1970; the server's now when left out. */
  time?: number
  value?: number
  session?: string
  context?: Record<string, JsonValue>
}

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }

export interface ItemInput {
  id: string
  title?: string
  text?: string
  tags?: string[]
  attributes?: Record<string, string | number | boolean>
  image?: string | null
  createdAt?: number
  hidden?: boolean
}

export interface Written {
  requestId: string
  added: number
  updated: number
  repeated: number
}

export interface Health {
  status: 'ok'
  /** The one that answers. */
  snapshot: string
  /** A snapshot that is being opened to take its place. */
  loading: string | null
  /** The active snapshot, where it could not be served; the former one goes on. */
  refused: { snapshot: string; reason: string } | null
  dataset: string
  items: number
  users: number
  sources: string[]
  uptimeSeconds: number
}

/** What a source proposes, in a sentence. */
export interface SourceNote {
  name: string
  summary: string
  surfaces: ('related' | 'home')[]
}

/** One feature of a shown item, and what it did. */
export interface ExplainedFeature {
  feature: string
  /** As the ranker saw it; null when it was missing. */
  value: number | null
  /** What it added to the score (SHAP values for trees); null when that is not known or the ranker does not read it. */
  contribution: number | null
}

export interface ExplainedItem {
  item: string
  /** From 1. */
  place: number
  score: number
  /** Probability at its place, given the places before it. */
  propensity: number
  /** Names of the sources that proposed it. */
  sources: string[]
  /** What moved the score most comes first. */
  features: ExplainedFeature[]
  /** Kinds of the events that name the request and the item. */
  outcomes: EventKind[]
}

/** Why a request was answered as it was. */
export interface Explanation {
  request: {
    id: string
    /** Milliseconds since 1970. */
    time: number
    surface: 'related' | 'home'
    user: string | null
    /** The item of the page, on the related surface. */
    item: string | null
    snapshot: string
    /** What ordered the candidates: a ranker, or `blend`. */
    ranker: string
    /** How the list was arranged: `ranked`, or the name of a policy that explores. */
    policy: string
    seed: number
    /** Arm by experiment. */
    arms: Record<string, string>
    /** Items that it was asked with, oldest first. */
    query: string[]
  }
  /** What ordered the list: `blend` or the name of a ranker; null when the request's snapshot serves no more. */
  ranker: string | null
  /** Score of an item of which nothing is known. */
  base: number
  items: ExplainedItem[]
}

/** The server refused or failed; `field` names the parameter at fault. */
export class LabradorApiError extends Error {
  readonly status: number
  readonly code: string
  readonly field?: string
  readonly hint?: string
  readonly requestId?: string

  constructor(
    status: number,
    body: { requestId?: string; error?: { code: string; message: string; field?: string; hint?: string } },
  ) {
    super(body.error?.message ?? `HTTP status ${status}`)
    this.name = 'LabradorApiError'
    this.status = status
    this.code = body.error?.code ?? 'unknown'
    this.field = body.error?.field
    this.hint = body.error?.hint
    this.requestId = body.requestId
  }
}

/**
 * @example
 * const labrador = new LabradorClient('http://localhost:8080')
 * const { items } = await labrador.related('1193', { limit: 10 })
 */
export class LabradorClient {
  readonly #base: string

  /** @param base address of the server, without a path; empty for the page's own server */
  constructor(base = '') {
    this.#base = base.replace(/\/$/, '')
  }

  /** Items related to an item; `user` is who looks at it. */
  related(item: string, options: RequestOptions & { user?: string } = {}): Promise<Recommendations> {
    return this.#call(`/api/v1/items/${encodeURIComponent(item)}/related${query(options)}`)
  }

  /** Items for a user. */
  recommendations(user: string, options: RequestOptions = {}): Promise<Recommendations> {
    return this.#call(`/api/v1/users/${encodeURIComponent(user)}/recommendations${query(options)}`)
  }

  /** Items by their words; the most popular ones when there are no words. */
  items(words?: string, options: { limit?: number } = {}): Promise<{ requestId: string; items: ItemCard[] }> {
    return this.#call(`/api/v1/items${query({ ...options, query: words || undefined })}`)
  }

  /** Why a logged request was answered as it was; `cards` are of the page's item and of what was shown. */
  explanation(
    requestId: string,
  ): Promise<{ requestId: string; explanation: Explanation; cards: ItemCard[] }> {
    return this.#call(`/api/v1/requests/${encodeURIComponent(requestId)}/explanation`)
  }

  recordEvents(events: readonly EventInput[]): Promise<Written> {
    return this.#call('/api/v1/events', { events })
  }

  putItems(items: readonly ItemInput[]): Promise<Written> {
    return this.#call('/api/v1/items', { items })
  }

  sources(): Promise<{ requestId: string; sources: SourceNote[] }> {
    return this.#call('/api/v1/sources')
  }

  health(): Promise<Health> {
    return this.#call('/health')
  }

  async #call<T>(path: string, body?: unknown): Promise<T> {
    const post = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }
    const response = await fetch(this.#base + path, body === undefined ? undefined : post)
    const answer = (await response.json().catch(() => ({}))) as object
    if (!response.ok) throw new LabradorApiError(response.status, answer)
    return answer as T
  }
}

function query(options: object): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    if (name === 'filter') {
      for (const [attribute, values] of Object.entries(value as Record<string, readonly string[]>)) {
        parameters.append('filter', `${attribute}:${values.join(',')}`)
      }
    } else parameters.append(name, String(value))
  }
  const text = parameters.toString()
  return text && `?${text}`
}
