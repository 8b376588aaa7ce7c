/** @file An item's picture: its image where one loads, else a cover drawn from its title. */

import type { ItemCard } from '@labrador/client'
import { useState } from 'preact/hooks'

export function Cover({ item }: { item: ItemCard }) {
  const [broken, setBroken] = useState('')
  const source = imageSource(item.image)
  if (source && broken !== source) {
    return <img class="cover" src={source} alt="" loading="lazy" onError={() => setBroken(source)} />
  }
  return <DrawnCover item={item} />
}

/** Two hues from the category, a pattern from the title: items of a kind look akin, no two look the same. */
function DrawnCover({ item }: { item: ItemCard }) {
  const kind = hash(item.category || item.tags[0] || item.title)
  const self = hash(item.title || item.id)
  const hue = kind % 360
  const id = `cover-${self.toString(36)}`
  const circles = [0, 1, 2].map((k) => ({
    cx: (self >>> (k * 4)) % 100,
    cy: (self >>> (k * 5 + 3)) % 130,
    r: 18 + ((self >>> (k * 6 + 2)) % 34),
  }))
  return (
    <svg class="cover" viewBox="0 0 100 130" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <defs>
        <linearGradient id={id} x1="0" y1="0" x2="1" y2="1">
          <stop offset="0" stop-color={`hsl(${hue} 45% 42%)`} />
          <stop offset="1" stop-color={`hsl(${(hue + 40 + (self % 30)) % 360} 50% 26%)`} />
        </linearGradient>
      </defs>
      <rect width="100" height="130" fill={`url(#${id})`} />
      {circles.map((circle) => (
        <circle key={circle.r} {...circle} fill="white" fill-opacity="0.09" />
      ))}
      <text
        x="50"
        y="76"
        text-anchor="middle"
        font-size="34"
        font-weight="600"
        fill="white"
        fill-opacity="0.85"
      >
        {initials(item)}
      </text>
    </svg>
  )
}

/** Addresses are used as they are; anything else is a file in the store's image folder. */
function imageSource(image: string | null): string | null {
  if (!image) return null
  if (/^(https?:|data:image\/)/.test(image)) return image
  return `/images/${image
    .replace(/^images\//, '')
    .split('/')
    .map(encodeURIComponent)
    .join('/')}`
}

function initials(item: ItemCard): string {
  const words = (item.title || item.id).replace(/\(.*?\)/g, '').match(/[\p{L}\p{N}]+/gu) ?? ['?']
  const telling = words.filter((word) => !/^(the|an?|of|and|to|in|der|die|das|le|la|les|el)$/i.test(word))
  return (telling.length > 0 ? telling : words)
    .slice(0, 2)
    .map((word) => word[0]!.toUpperCase())
    .join('')
}

function hash(text: string): number {
  let value = 2166136261
  for (const character of text) value = Math.imul(value ^ character.codePointAt(0)!, 16777619)
  return (value ^ (value >>> 15)) >>> 0
}
