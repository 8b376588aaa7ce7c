/** @file From an item's image reference to pixels: files of one folder and data: URLs; nothing is fetched. */

import { open, realpath } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import sharp from 'sharp'
import { InvalidFileError } from '../base/errors.ts'

/** How an encoder wants its pictures: `fill` distorts to the size, `cover` keeps the shape and cuts. */
export interface PixelSize {
  width: number
  height: number
  fit: 'fill' | 'cover'
}

/** Larger files and pictures are refused before they are decoded. */
const MAX_BYTES = 32 * 1024 * 1024
const MAX_PIXELS = 50_000_000
/** Address schemes; `data:` is one too, but needs no network. */
const ADDRESS = /^(?:[a-z][a-z0-9+.-]*:)?\/\//i
const DATA_URL = /^data:([^,]*),(.*)$/is
/** Items name their pictures from beside the store; the folder of pictures may be left out. */
const FOLDER_PREFIX = /^(?:\.?\/)?images\//

const OUTSIDE = 'outside the folder of pictures'

/** Where the bytes of a picture are. */
export type ImagePlace = 'none' | 'address' | 'here'

/** @param folder null when nobody knows where the pictures are */
export function placeOfImage(reference: string, folder: string | null): ImagePlace {
  if (reference === '') return 'none'
  if (DATA_URL.test(reference.slice(0, 256))) return 'here'
  if (ADDRESS.test(reference)) return 'address'
  return folder === null ? 'none' : 'here'
}

/**
 * Reads a picture.
 *
 * @param folder where files are looked for; nothing outside it is opened
 * @returns width × height × red, green, blue, on white where it is transparent
 * @throws InvalidFileError when it is missing, outside the folder, too large, damaged or of an unknown format
 */
export async function readPixels(
  reference: string,
  folder: string | null,
  size: PixelSize,
): Promise<Uint8Array> {
  const name = reference.length > 100 ? `${reference.slice(0, 100)}…` : reference
  try {
    const bytes = DATA_URL.test(reference.slice(0, 256))
      ? dataBytes(reference)
      : await fileBytes(reference, folder)
    if (!isPicture(bytes)) throw new Error('neither JPEG, PNG, WebP, GIF nor AVIF')
    const pixels = await sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error', pages: 1 })
      .autoOrient()
      .flatten({ background: '#fff' })
      .toColourspace('srgb')
      .resize(size.width, size.height, { fit: size.fit, kernel: 'linear', fastShrinkOnLoad: true })
      .removeAlpha()
      .raw()
      .toBuffer()
    if (pixels.length !== 3 * size.width * size.height) throw new Error('not of three colours')
    return pixels
  } catch (cause) {
    throw new InvalidFileError(name, `picture cannot be used (${(cause as Error).message.split('\n')[0]})`, {
      field: 'image',
      cause,
    })
  }
}

function dataBytes(url: string): Uint8Array {
  const [, header, body] = DATA_URL.exec(url) ?? []
  if (body.length > 2 * MAX_BYTES) throw new Error('larger than 32 MiB')
  return /;base64$/i.test(header.trim())
    ? Buffer.from(body, 'base64')
    : Buffer.from(decodeURIComponent(body), 'latin1')
}

async function fileBytes(reference: string, folder: string | null): Promise<Uint8Array> {
  if (folder === null) throw new Error('no folder of pictures')
  const root = await realpath(folder)
  const named = resolve(root, reference.replace(FOLDER_PREFIX, ''))
  // Before anything is looked up: whether a file outside is there is nobody's business either.
  if (!named.startsWith(root + sep)) throw new Error(OUTSIDE)
  const path = await realpath(named)
  if (!path.startsWith(root + sep)) throw new Error(OUTSIDE)
  const file = await open(path, 'r')
  try {
    const { size, isRegular } = await file
      .stat()
      .then((stat) => ({ size: stat.size, isRegular: stat.isFile() }))
    if (!isRegular) throw new Error('not a file')
    if (size > MAX_BYTES) throw new Error('larger than 32 MiB')
    return await file.readFile()
  } finally {
    await file.close()
  }
}

/** By the first bytes. SVG is left out: it is a program that draws, and can be made to draw for ever. */
function isPicture(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(16, bytes.length)).toString('latin1')
  return (
    start.startsWith('\xff\xd8\xff') ||
    start.startsWith('\x89PNG\r\n\x1a\n') ||
    start.startsWith('GIF8') ||
    (start.startsWith('RIFF') && start.slice(8, 12) === 'WEBP') ||
    /^ftypavi[fs]$/.test(start.slice(4, 12))
  )
}
