/** @file What a dataset reader is: one file in `readers/` declares one, `readers.ts` lists it. */

import type { Progress } from '../base/progress.ts'
import type { Store } from '../store/store.ts'
import type { SplitRule } from './dataset.ts'
import type { PositiveRule } from './positive.ts'

/** A file of a dataset, as it lies in the dataset's folder. */
export interface DatasetFile {
  /** Relative to the dataset's folder; a name ending in .gz is read through gunzip. */
  path: string
  /** Of the file as it lies there; files without one are taken as they are. */
  sha256?: string
  /** Where exactly this file can be downloaded, when it can. */
  address?: string
}

/** Another set of files that suffices in place of `files`: mostly the dataset as its publisher offers it. */
export interface DatasetLayout {
  files: readonly DatasetFile[]
  /** A zip file that holds all of `files` in one folder; it is unpacked beside itself. */
  archive?: { path: string; address: string; md5?: string; folder: string }
}

/** Knows where a public dataset comes from and how it becomes catalog and events. */
export interface DatasetReader {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly title: string
  readonly licence: string
  readonly citation: string
  /** A page that a person can open to get the data. */
  readonly address: string
  /** Names of the folder inside a data directory; `name` when left out. */
  readonly folders?: readonly string[]
  /** Empty when nothing has to be found (a simulated world). */
  readonly files: readonly DatasetFile[]
  readonly alternatives?: readonly DatasetLayout[]
  readonly split: SplitRule
  /** Which events count as positive; the default rule when left out. */
  readonly positive?: PositiveRule
  /** The surface that this dataset is usually measured on. */
  readonly surface: 'related' | 'home'
  /**
   * Puts catalog and events into an empty store.
   *
   * @param folder holds `files` or the files of one alternative
   * @returns what was dropped, mended or is missing, in sentences for reports
   * @throws InvalidRowError, InvalidFileError
   */
  read(folder: string, store: Store, progress: Progress): Promise<string[]>
}
