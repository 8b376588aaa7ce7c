/** @file The report as Markdown. */

import { type EvaluationReport, protocolText } from './report.ts'
import { differencesTables, figureText, systemsTable, type TextTable } from './report-table.ts'

export function markdownReport(report: EvaluationReport): string {
  const otherMetrics = Object.keys(report.results[0]?.metrics ?? {}).filter(
    (name) => !report.headline.includes(name) && name !== 'unique-recall',
  )
  const all: TextTable = {
    title: `${report.dataset} · ${protocolText(report)} · surface ${report.surface}: other metrics`,
    head: ['system', ...otherMetrics],
    rows: report.results.map(({ name, metrics }) => [
      name,
      ...otherMetrics.map((metric) => (metrics[metric] ? figureText(metrics[metric]) : '')),
    ]),
    figures: ['', ...otherMetrics].map((_, column) => column > 0),
    caption: 'definitions: docs/guides/evaluate.md',
  }
  const weights: TextTable = {
    title: 'Weights of the blend',
    head: ['source', 'weight'],
    rows: report.blend.weights.map(({ source, weight }) => [source, weight.toFixed(4)]),
    figures: [false, true],
    caption: 'of the square roots of scores; a source that adds nothing gets a weight near 0',
  }
  return [
    `# Evaluation of ${escapeMarkdown(report.dataset)}`,
    `Protocol: **${protocolText(report)}** · surface: **${report.surface}** · seed ${report.seed}`,
    ...[systemsTable(report), ...differencesTables(report), all, weights].map(markdownTable),
    ...(report.notes.length > 0
      ? ['## Notes', report.notes.map((note) => `- ${escapeMarkdown(note)}`).join('\n')]
      : []),
    '',
  ].join('\n\n')
}

function markdownTable({ title, head, rows, figures, caption }: TextTable): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => escapeMarkdown(cell.trim())).join(' | ')} |`
  const rule = `| ${figures.map((isFigure) => (isFigure ? '---:' : '---')).join(' | ')} |`
  return [
    `## ${escapeMarkdown(title)}`,
    '',
    line(head),
    rule,
    ...rows.map(line),
    '',
    `${escapeMarkdown(caption)}.`,
  ].join('\n')
}

/** Names come from files: nothing in them may be read as markup. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_[\]<>|#&]/g, (character) => `\\${character}`).replace(/\s+/g, ' ')
}
