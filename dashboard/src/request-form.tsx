/** @file A place for a request's id: opens why it was answered as it was. */

import { useState } from 'preact/hooks'
import { openRequest } from './address.ts'

export function RequestForm() {
  const [id, setId] = useState('')
  const explain = (event: Event) => {
    event.preventDefault()
    if (id.trim() === '') return
    openRequest(id.trim())
    setId('')
  }
  return (
    <form class="ask" onSubmit={explain}>
      <label for="request-id">Why was a request answered as it was?</label>
      <input
        id="request-id"
        type="text"
        placeholder="Its id"
        autocomplete="off"
        spellcheck={false}
        maxLength={256}
        value={id}
        onInput={(event) => setId(event.currentTarget.value)}
      />
      <button type="submit">Explain</button>
    </form>
  )
}
