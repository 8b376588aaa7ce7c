/** @file Character references of HTML (&amp;, &#9733;) to the characters they stand for. */

const NAMED: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  reg: '®',
  copy: '©',
  trade: '™',
  deg: '°',
  bull: '•',
  middot: '·',
  hearts: '♥',
  ordm: 'º',
  frac12: '½',
  frac14: '¼',
  ndash: '–',
  mdash: '—',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  hellip: '…',
  eacute: 'é',
  egrave: 'è',
  ecirc: 'ê',
  agrave: 'à',
  acirc: 'â',
  ccedil: 'ç',
  ocirc: 'ô',
  ouml: 'ö',
  uuml: 'ü',
  auml: 'ä',
  ntilde: 'ñ',
  iacute: 'í',
  oacute: 'ó',
  aacute: 'á',
}

const windows1252 = new TextDecoder('windows-1252')

/** References that are not known stay as they are. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+\d*));/gi, (whole, decimal, hex, name) => {
    if (name) return NAMED[name] ?? NAMED[name.toLowerCase()] ?? whole
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16)
    // HTML reads 128–159 as windows-1252, since that is what pages meant.
    if (code >= 128 && code < 160) return windows1252.decode(Uint8Array.of(code))
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
