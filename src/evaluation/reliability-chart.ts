/** @file The reliability plot: what was promised against what came, drawn on the server as SVG by ECharts. */

import { LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import type { Chart } from './charts.ts'
import type { Reliability } from './reliability.ts'

use([LineChart, GridComponent, LegendComponent, SVGRenderer])

const SIZE = { width: 560, height: 560 }

/** One line per named set of predictions; on the diagonal promises are kept. */
export function reliabilityChart(sets: Readonly<Record<string, Reliability>>): Chart {
  const points = Object.values(sets).flatMap(({ bins }) => bins)
  const most = Math.max(...points.flatMap(({ meanPrediction, meanLabel }) => [meanPrediction, meanLabel]))
  const axis = (name: string) => ({
    type: 'value' as const,
    name,
    nameLocation: 'middle' as const,
    nameGap: 36,
    min: 0,
    max: most,
    axisLabel: { formatter: (value: number) => Number(value.toPrecision(2)).toString() },
  })
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...SIZE })
  chart.setOption({
    animation: false,
    legend: { top: 4, data: Object.keys(sets) },
    grid: { left: 64, right: 24, top: 40, bottom: 56 },
    xAxis: axis('predicted'),
    yAxis: axis('came true'),
    series: [
      {
        type: 'line',
        data: [
          [0, 0],
          [most, most],
        ],
        symbol: 'none',
        lineStyle: { color: '#a1a1aa', type: 'dashed' },
      },
      ...Object.entries(sets).map(([name, { bins }]) => ({
        type: 'line',
        name,
        data: bins.map(({ meanPrediction, meanLabel }) => [meanPrediction, meanLabel]),
        symbolSize: 7,
      })),
    ],
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  const errors = Object.entries(sets).map(
    ([name, { normalisedEntropy, calibrationError }]) =>
      `${name}: normalised entropy ${normalisedEntropy.toFixed(4)}, calibration error ${calibrationError.toFixed(4)}`,
  )
  return { title: `Reliability — ${errors.join('; ')}`, svg }
}
