/** @file Where the pictures of a store's items are: beside the store. */

import { dirname, join } from 'node:path'

export function imageFolderOf(storePath: string): string {
  return join(dirname(storePath), 'images')
}
