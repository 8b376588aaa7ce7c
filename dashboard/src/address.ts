/** @file The address bar: which item or request is open, and links that change it without loading the page anew. */

type Leave = () => void

const listeners = new Set<Leave>()
const tell = () => {
  for (const listener of listeners) listener()
}

export function itemInAddress(): string {
  return new URLSearchParams(location.search).get('item') ?? ''
}

export function addressOf(item: string): string {
  return `?item=${encodeURIComponent(item)}`
}

/** Id of the request that is to be explained; behind `#`, so that the link works on any page. */
export function requestInAddress(): string {
  return new URLSearchParams(location.hash.slice(1)).get('request') ?? ''
}

export function addressOfRequest(request: string): string {
  return `#request=${encodeURIComponent(request)}`
}

/** Calls back when the address changes, by a link here or by the browser's buttons. */
export function onNavigation(listener: Leave): Leave {
  listeners.add(listener)
  window.addEventListener('popstate', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('popstate', listener)
  }
}

export function openItem(item: string): void {
  open(addressOf(item))
}

export function openRequest(request: string): void {
  open(`${location.pathname}${addressOfRequest(request)}`)
}

function open(address: string): void {
  history.pushState(null, '', address)
  window.scrollTo({ top: 0 })
  tell()
}

export function openStart(event: MouseEvent): void {
  if (opensElsewhere(event)) return
  event.preventDefault()
  history.pushState(null, '', location.pathname)
  tell()
}

/** Clicks with a modifier open a new tab; the browser does that by itself. */
export function opensElsewhere(event: MouseEvent): boolean {
  return event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0
}
