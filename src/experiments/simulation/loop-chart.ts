/** @file The feedback loop as a picture: quality by day, a thin line a seed and a thick one for their mean. */

import { LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import type { LoopRun } from './feedback-loop.ts'

use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer])

const WIDTH = 1000
const HEIGHT = 480
const COLOURS = ['#dc2626', '#d97706', '#a1a1aa', '#2563eb', '#16a34a', '#18181b', '#9333ea'] as const

/** @returns an SVG document; arms in the order of the runs; the first day, before anything was learned, is left out */
export function loopChart(runs: readonly LoopRun[]): string {
  const arms = [...new Set(runs.map(({ arm }) => arm))]
  const days = runs[0]?.days.length ?? 0
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT })
  chart.setOption({
    animation: false,
    title: {
      text: 'Expected clicks, as a share of those of the best lists',
      left: 8,
      top: 4,
      textStyle: { fontSize: 14 },
    },
    legend: { data: arms, top: 30, left: 8, icon: 'roundRect', itemGap: 28, textStyle: { fontSize: 11 } },
    grid: { left: 56, right: 20, top: 96, bottom: 44 },
    xAxis: {
      type: 'category',
      data: Array.from({ length: days - 1 }, (_, day) => day + 2),
      name: 'day',
      nameLocation: 'middle',
      nameGap: 28,
    },
    yAxis: { type: 'value', scale: true },
    series: arms.flatMap((arm, k) => {
      const own = runs.filter((run) => run.arm === arm).map(qualities)
      const line = { type: 'line', symbol: 'none', color: COLOURS[k % COLOURS.length] } as const
      return [
        ...own.map((data) => ({ ...line, data, lineStyle: { width: 1, opacity: 0.3 } })),
        { ...line, name: arm, data: meanOf(own), lineStyle: { width: 3 } },
      ]
    }),
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}

function qualities({ days }: LoopRun): number[] {
  return days.slice(1).map(({ expectedClicks, bestClicks }) => expectedClicks / bestClicks)
}

function meanOf(rows: readonly number[][]): number[] {
  return Array.from(rows[0] ?? [], (_, day) => rows.reduce((sum, row) => sum + row[day]!, 0) / rows.length)
}
