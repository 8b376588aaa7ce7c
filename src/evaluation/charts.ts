/** @file The report's charts, drawn on the server as SVG by ECharts. */

import { BarChart, CustomChart, ScatterChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import type { EvaluationReport, Figure } from './report.ts'
import { unitName } from './report-table.ts'

use([BarChart, CustomChart, ScatterChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer])

export interface Chart {
  title: string
  svg: string
}

const WIDTH = 1000
const COLOURS = { source: '#60a5fa', blend: '#d97706', baseline: '#a1a1aa', ranker: '#16a34a' } as const

/** The two metrics that decide, of every system, with intervals. */
export function headlineChart(report: EvaluationReport): Chart {
  const grids = report.headline.map((metric, m) => ({
    metric,
    left: `${2 + m * 50}%`,
    bars: report.results.map(({ name, kind, metrics }) => ({
      name,
      colour: COLOURS[kind],
      figure: metrics[metric]!,
    })),
  }))
  return {
    title: `${titleOf(report)}: ${report.headline.join(' and ')} with ${Math.round(report.confidence * 100)} % intervals`,
    svg: barsWithIntervals(grids),
  }
}

/** The blend less every other system. */
export function differenceChart(report: EvaluationReport): Chart {
  const grids = report.headline.map((metric, m) => ({
    metric: `${metric}: blend less …`,
    left: `${2 + m * 50}%`,
    bars: blendDifferences(report).map(({ other, metrics }) => {
      const figure = metrics[metric]!
      const clear = figure.low !== null && figure.low > 0
      return { name: other, colour: clear ? '#16a34a' : '#dc2626', figure }
    }),
  }))
  return {
    title: `${titleOf(report)}: paired differences over ${unitName(report)} (green: the interval excludes zero)`,
    svg: barsWithIntervals(grids),
  }
}

const blendDifferences = ({ differences }: EvaluationReport) =>
  differences.filter(({ name }) => name === 'blend')

/** What each source finds, and what nobody else found. */
export function recallChart(report: EvaluationReport): Chart {
  const sources = report.results.filter(({ kind }) => kind === 'source')
  const recall = report.headline.find((metric) => metric.startsWith('recall')) ?? report.headline[0]!
  const grids = [recall, 'unique-recall'].map((metric, m) => ({
    metric: metric === 'unique-recall' ? 'unique recall among all candidates' : `${metric} per source`,
    left: `${2 + m * 50}%`,
    bars: sources.map(({ name, metrics }) => ({ name, colour: COLOURS.source, figure: metrics[metric]! })),
  }))
  return { title: `${titleOf(report)}: what each source finds`, svg: barsWithIntervals(grids) }
}

/** Coverage and share of the long tail. */
export function shownChart(report: EvaluationReport): Chart {
  const names = Object.keys(report.results[0]?.metrics ?? {})
  const shown = names.filter((name) => /^(coverage|long-tail)/.test(name))
  const grids = shown.map((metric, m) => ({
    metric,
    left: `${2 + m * 50}%`,
    bars: report.results.map(({ name, kind, metrics }) => ({
      name,
      colour: COLOURS[kind],
      figure: metrics[metric]!,
    })),
  }))
  return { title: `${titleOf(report)}: what is shown to everybody together`, svg: barsWithIntervals(grids) }
}

interface Bars {
  metric: string
  left: string
  bars: { name: string; colour: string; figure: Figure }[]
}

/** One or two panels of horizontal bars; a thin line over each bar is its interval. */
function barsWithIntervals(panels: readonly Bars[]): string {
  const rows = Math.max(1, ...panels.map(({ bars }) => bars.length))
  const height = 70 + rows * 26
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height })
  chart.setOption({
    animation: false,
    title: panels.map(({ metric, left }) => ({ text: metric, left, top: 4, textStyle: { fontSize: 14 } })),
    grid: panels.map((_, p) => ({
      left: p * (WIDTH / 2) + 150,
      width: WIDTH / 2 - 180,
      top: 36,
      height: rows * 26,
    })),
    xAxis: panels.map((_, p) => ({ type: 'value', gridIndex: p, splitNumber: 4 })),
    yAxis: panels.map(({ bars }, p) => ({
      type: 'category',
      gridIndex: p,
      inverse: true,
      data: bars.map(({ name }) => name),
      axisTick: { show: false },
    })),
    series: panels.flatMap(({ bars }, p) => [
      {
        type: 'bar',
        xAxisIndex: p,
        yAxisIndex: p,
        barMaxWidth: 16,
        data: bars.map(({ figure, colour }) => ({ value: figure.value, itemStyle: { color: colour } })),
      },
      {
        type: 'custom',
        xAxisIndex: p,
        yAxisIndex: p,
        data: bars.map(({ figure }, row) => [row, figure.low ?? figure.value, figure.high ?? figure.value]),
        encode: { x: [1, 2], y: 0 },
        renderItem: whisker,
        z: 10,
      },
    ]),
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}

interface WhiskerApi {
  value(dimension: number): number
  coord(point: [number, number]): [number, number]
}

/** A line from the low to the high end of an interval, with ticks at both. */
function whisker(_: unknown, api: WhiskerApi) {
  const row = api.value(0)
  const [left, y] = api.coord([api.value(1), row])
  const [right] = api.coord([api.value(2), row])
  const line = (x1: number, y1: number, x2: number, y2: number) => ({
    type: 'line' as const,
    shape: { x1, y1, x2, y2 },
    style: { stroke: '#27272a', lineWidth: 1.2 },
  })
  if (right - left < 0.5) return { type: 'group' as const, children: [] }
  return {
    type: 'group' as const,
    children: [line(left, y, right, y), line(left, y - 4, left, y + 4), line(right, y - 4, right, y + 4)],
  }
}

const titleOf = ({ dataset, protocol, surface }: EvaluationReport) => `${dataset} · ${protocol} · ${surface}`
