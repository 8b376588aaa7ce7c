/** @file Entry of the page. */

import { render } from 'preact'
import { App } from './app.tsx'
import './style.css'
import './explanation.css'

render(<App />, document.getElementById('app')!)
