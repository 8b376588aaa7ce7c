/** @file Exhaustive search beside HNSW by the size of the table, as a picture. */

import { LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'

use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer])

export interface TimesBySize {
  name: string
  /** Milliseconds a query; null where it was not measured. */
  ms: readonly (number | null)[]
}

/** @returns an SVG document, both axes logarithmic */
export function hnswChart(sizes: readonly number[], lines: readonly TimesBySize[]): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 900, height: 460 })
  chart.setOption({
    animation: false,
    title: {
      text: 'Top-100 of one query, one thread: exhaustive or HNSW',
      left: 8,
      top: 4,
      textStyle: { fontSize: 14 },
    },
    legend: { top: 30, left: 8, icon: 'roundRect', itemGap: 24, textStyle: { fontSize: 11 } },
    grid: { left: 64, right: 24, top: 70, bottom: 48 },
    xAxis: { type: 'log', name: 'rows', nameLocation: 'middle', nameGap: 28, min: sizes[0] },
    yAxis: { type: 'log', name: 'ms' },
    series: lines.map(({ name, ms }) => ({
      type: 'line',
      name,
      symbolSize: 6,
      data: sizes.flatMap((size, n) => (ms[n] ? [[size, ms[n]]] : [])),
    })),
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}
