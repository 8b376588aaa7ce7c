/** @file The report as one self-contained page: tables and charts drawn as SVG, no script, nothing loaded from elsewhere. */

import { differenceChart, headlineChart, recallChart, shownChart } from './charts.ts'
import { type EvaluationReport, protocolText } from './report.ts'
import { differencesTables, people, systemsTable, type TextTable } from './report-table.ts'

const STYLE = `
:root { color-scheme: light dark; --line: #d4d4d8; --soft: #71717a; --accent: #b45309; --paper: #fff; --ink: #18181b }
@media (prefers-color-scheme: dark) { :root { --line: #3f3f46; --soft: #a1a1aa; --accent: #f59e0b; --paper: #18181b; --ink: #f4f4f5 } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; background: var(--paper); color: var(--ink) }
h1 { font-size: 1.6rem; margin: 0 }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem }
.facts { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; color: var(--soft); margin: .5rem 0 0; padding: 0; list-style: none }
.facts b { color: var(--ink) }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; white-space: nowrap }
caption { caption-side: bottom; color: var(--soft); text-align: left; padding-top: .5rem; white-space: normal }
th, td { padding: .25rem .75rem; border-bottom: 1px solid var(--line); text-align: left }
td.figure, th.figure { text-align: right }
tr.blend td { color: var(--accent); font-weight: 600 }
figure { margin: 0; overflow-x: auto }
figure svg { background: #fff; border-radius: .5rem; max-width: 100%; height: auto }
figcaption { color: var(--soft); font-size: .9rem }
`

export function htmlReport(report: EvaluationReport): string {
  const facts = [
    ['protocol', protocolText(report)],
    ['surface', report.surface],
    ['asked', people(report)],
    ['ranked', `${report.items.toLocaleString('en')} items`],
    ['seed', String(report.seed)],
  ]
  const charts = [headlineChart(report), differenceChart(report), recallChart(report), shownChart(report)]
  const notes = report.notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Evaluation of ${escapeHtml(report.dataset)} (${escapeHtml(protocolText(report))})</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Evaluation of ${escapeHtml(report.dataset)}</h1>
<ul class="facts">${facts.map(([name, value]) => `<li>${name} <b>${escapeHtml(value!)}</b></li>`).join('')}</ul>
${htmlTable(systemsTable(report))}
${charts.map(({ title, svg }) => `<figure><h2>${escapeHtml(title)}</h2>${svg}</figure>`).join('\n')}
${differencesTables(report).map(htmlTable).join('\n')}
${notes ? `<h2>Notes</h2><ul>${notes}</ul>` : ''}
</body>
</html>
`
}

function htmlTable({ title, head, rows, figures, caption }: TextTable): string {
  const cell = (tag: 'td' | 'th') => (text: string, column: number) =>
    `<${tag}${figures[column] ? ' class="figure"' : ''}>${escapeHtml(text.trim())}</${tag}>`
  const body = rows
    .map((row) => `<tr${row[1] === 'blend' ? ' class="blend"' : ''}>${row.map(cell('td')).join('')}</tr>`)
    .join('\n')
  return `<h2>${escapeHtml(title)}</h2>
<div class="wide"><table>
<caption>${escapeHtml(caption)}</caption>
<thead><tr>${head.map(cell('th')).join('')}</tr></thead>
<tbody>
${body}
</tbody>
</table></div>`
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!)
}
