/** @file Where the pictures of a store's items are: beside the store. */

import { dirname, resolve } from 'node:path'

export function imageFolderOf(storePath: string): string {
  return resolve(dirname(storePath), 'images')
}
