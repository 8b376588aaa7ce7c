/** @file What optimism does to new items and to clicks as a picture: a point a world, and a large one for their mean. */

import { LineChart, ScatterChart } from 'echarts/charts'
import { GridComponent, LegendComponent, MarkLineComponent, TitleComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { policiesOf, policyName, type RetrievalRun } from './compare-retrieval.ts'

use([LineChart, ScatterChart, GridComponent, LegendComponent, MarkLineComponent, TitleComponent, SVGRenderer])

const WIDTH = 1000
const HEIGHT = 460
const COLOURS = [
  '#18181b',
  '#2563eb',
  '#16a34a',
  '#d97706',
  '#dc2626',
  '#9333ea',
  '#0891b2',
  '#db2777',
] as const

/**
 * @param margin loss of clicks that is still none, relative
 * @returns an SVG document: left, new items among the shown by day; right, change of clicks against share of new items
 */
export function retrievalChart(runs: readonly RetrievalRun[], places: number, margin: number): string {
  const names = policiesOf(runs).map(policyName)
  const runsOf = (name: string) => runs.filter(({ policy }) => policyName(policy) === name)
  const days = runs[0]!.days.map(({ day }) => day + 1)
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT })
  const title = (text: string, left: string | number) => ({ text, left, top: 4, textStyle: { fontSize: 13 } })
  const axis = { nameLocation: 'middle', nameGap: 28, scale: true } as const
  const plain = runsOf(names[0]!)
  chart.setOption({
    animation: false,
    title: [
      title('New items among the shown, %, by day', 8),
      title('Clicks, change in %, against new items among the shown, %', '52%'),
    ],
    legend: {
      data: names,
      top: 28,
      left: 8,
      icon: 'roundRect',
      itemGap: 24,
      textStyle: { fontSize: 11 },
    },
    grid: [
      { left: 48, width: '40%', top: 64, bottom: 44 },
      { left: '56%', right: 20, top: 64, bottom: 44 },
    ],
    xAxis: [
      { ...axis, type: 'category', data: days, name: 'day' },
      { ...axis, type: 'value', gridIndex: 1, name: 'new among the shown, %' },
    ],
    yAxis: [
      { type: 'value', scale: true },
      { type: 'value', gridIndex: 1, scale: true },
    ],
    series: [
      ...names.map((name, k) => ({
        type: 'line',
        name,
        symbol: 'none',
        color: COLOURS[k % COLOURS.length],
        lineStyle: { width: 2.5 },
        data: days.map((_, d) =>
          meanOf(runsOf(name).map((run) => 100 * newShareOf({ ...run, days: [run.days[d]!] }, places))),
        ),
      })),
      ...names.flatMap((name, k) => {
        const points = runsOf(name).map((run, world) => [
          100 * newShareOf(run, places),
          100 * (clicksOf(run) / clicksOf(plain[world]!) - 1),
        ])
        const mean = [0, 1].map((axis) => meanOf(points.map((point) => point[axis]!)))
        const dot = { type: 'scatter', xAxisIndex: 1, yAxisIndex: 1, color: COLOURS[k % COLOURS.length] }
        return [
          { ...dot, symbolSize: 5, itemStyle: { opacity: 0.45 }, data: points },
          {
            ...dot,
            symbolSize: 14,
            data: [mean],
            ...(k === 0 ? { markLine: marginLine(margin) } : {}),
          },
        ]
      }),
    ],
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}

function marginLine(margin: number) {
  return {
    symbol: 'none',
    silent: true,
    lineStyle: { type: 'dashed', color: '#a1a1aa' },
    label: { formatter: 'margin', position: 'insideStartTop', fontSize: 10 },
    data: [{ yAxis: -100 * margin }],
  }
}

function newShareOf({ days }: RetrievalRun, places: number): number {
  return meanOf(days.map(({ newShown }) => meanOf(newShown) / places))
}

function clicksOf({ days }: RetrievalRun): number {
  return meanOf(days.map(({ expectedClicks }) => meanOf(expectedClicks)))
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0
  for (let k = 0; k < values.length; k++) sum += values[k]!
  return sum / values.length
}
