/** A small chart as SVG, for a page: lines over rounds. It is readable on light and on dark ground. */

export interface Line {
  readonly name: string
  readonly color: string
  readonly values: readonly number[]
}

export interface Chart {
  readonly title: string
  readonly unit: string
  /** Values of the horizontal lines; the first is the lowest shown, the last the highest. */
  readonly ticks: readonly number[]
  /** Whether equal distances are equal factors. */
  readonly isLogarithmic: boolean
  readonly lines: readonly Line[]
}

const WIDTH = 440
const HEIGHT = 250
const LEFT = 46
const RIGHT = 12
const TOP = 46
const BOTTOM = 62

/** Charts side by side. */
export function svgOf(charts: readonly Chart[]): string {
  const width = WIDTH * charts.length
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEIGHT}" width="${width}" height="${HEIGHT}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${HEIGHT}" fill="#ffffff"/>`,
    ...charts.map((chart, i) => `<g transform="translate(${i * WIDTH} 0)">\n${chartOf(chart)}\n</g>`),
    '</svg>',
    '',
  ].join('\n')
}

function chartOf({ title, unit, ticks, isLogarithmic, lines }: Chart): string {
  const scale = (value: number): number => (isLogarithmic ? Math.log(value) : value)
  const low = scale(ticks[0] as number)
  const high = scale(ticks.at(-1) as number)
  const rounds = Math.max(...lines.map(({ values }) => values.length)) - 1
  const x = (round: number): string => (LEFT + ((WIDTH - LEFT - RIGHT) * round) / rounds).toFixed(1)
  const y = (value: number): string => {
    const part = Math.min(1, Math.max(0, (scale(value) - low) / (high - low)))
    return (HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * part).toFixed(1)
  }
  return [
    `<text x="${LEFT}" y="18" font-size="13" font-weight="bold" fill="#222222">${title}</text>`,
    `<text x="${LEFT}" y="34" fill="#555555">${unit}</text>`,
    ...ticks.map(
      (tick) =>
        `<path d="M${LEFT} ${y(tick)}H${WIDTH - RIGHT}" stroke="#dddddd"/>` +
        `<text x="${LEFT - 6}" y="${y(tick)}" dy="4" text-anchor="end" fill="#555555">${tick}</text>`,
    ),
    ...[0, Math.round(rounds / 2), rounds].map(
      (round) =>
        `<text x="${x(round)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle" fill="#555555">${round}</text>`,
    ),
    ...lines.map(
      ({ color, values }) =>
        `<polyline fill="none" stroke="${color}" stroke-width="2" points="${values
          .map((value, round) => `${x(round)},${y(value)}`)
          .join(' ')}"/>`,
    ),
    ...lines.map(({ name, color }, i) => {
      const at = LEFT + (i % 2) * 200
      const line = HEIGHT - 28 + Math.floor(i / 2) * 16
      return (
        `<path d="M${at} ${line - 4}h18" stroke="${color}" stroke-width="3"/>` +
        `<text x="${at + 24}" y="${line}" fill="#222222">${name}</text>`
      )
    }),
  ].join('\n')
}
