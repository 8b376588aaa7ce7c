/** @file `labrador experiment` and `labrador off-policy` as a person runs them. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openStore } from '../../src/store/sqlite-store.ts'

const main = join(import.meta.dirname, '../../src/cli/main.ts')
const folder = mkdtempSync(join(tmpdir(), 'labrador-experiment-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

const write = (name: string, text: string) => writeFileSync(join(folder, name), text)

write(
  'experiments.json',
  JSON.stringify({
    experiments: [
      {
        name: 'longer',
        arms: [
          { name: 'control', share: 0.5 },
          { name: 'longer', share: 0.5 },
        ],
      },
      {
        name: 'none',
        layer: 'x',
        traffic: [0, 0.00001],
        arms: [
          { name: 'a', share: 0.5 },
          { name: 'b', share: 0.5 },
        ],
      },
    ],
  }),
)
const unit = (k: number) => `u${k},${k % 2 ? 'longer' : 'control'},${(k % 7) + (k % 2) * 2},${k % 5}`
const units = Array.from({ length: 200 }, (_, k) => unit(k))
write('units.csv', ['unit,arm,clicks,views', ...units].join('\n'))
write('lost.csv', ['unit,arm,clicks,views', ...units.filter((_, k) => k % 4 !== 1)].join('\n'))

test('experiments are listed, and a user’s arms told', () => {
  assert.match(run('experiment', 'list', 'experiments.json').stdout, /longer .*control\* 50 %, longer 50 %/)
  const { stdout } = run('experiment', 'assign', 'experiments.json', 'ada', '--json')
  const { user, arms } = JSON.parse(stdout)
  assert.equal(user, 'ada')
  assert.match(arms[0].arm, /control|longer/)
  assert.deepEqual(arms[1], { experiment: 'none', arm: null })
})

test('an analysis prints a table or JSON', () => {
  const analyse = [
    'experiment',
    'analyse',
    'experiments.json',
    'longer',
    '--units',
    'units.csv',
    '--metric',
    'clicks',
  ]
  const text = run(...analyse, 'rate=clicks/views')
  assert.equal(text.status, 0, text.stderr)
  assert.match(text.stdout, /clicks \(decides\) +longer .*●/)
  const { comparisons } = JSON.parse(run(...analyse, '--json').stdout)
  assert.ok(comparisons[0].delta.low > 1 && comparisons[0].delta.high < 3)
})

test('a sample-ratio mismatch ends with status 1', () => {
  const args = [
    'experiment',
    'analyse',
    'experiments.json',
    'longer',
    '--units',
    'lost.csv',
    '--metric',
    'clicks',
  ]
  const { status, stdout } = run(...args)
  assert.equal(status, 1)
  assert.match(stdout, /REFUSED: the arms do not hold the shares/)
})

test('totals are counted in a store from the exposures on', () => {
  const store = openStore(join(folder, 'store.db'))
  const day = 86_400_000
  const events = Array.from({ length: 200 }, (_, k) => k).flatMap((k) =>
    Array.from({ length: (k % 3) + (k % 2) * 2 }, () => ({
      id: null,
      time: 20 * day + k,
      user: `u${k}`,
      item: 'lamp',
      kind: 'click' as const,
      value: null,
      session: null,
      context: null,
    })),
  )
  store.appendEvents(events)
  store.close()
  const exposures = Array.from(
    { length: 200 },
    (_, k) => `${20 * day},u${k},longer,${k % 2 ? 'longer' : 'control'}`,
  )
  const crossing = `${20 * day},u0,longer,longer`
  write('exposures.csv', ['time,unit,experiment,arm', ...exposures, crossing].join('\n'))
  const args = ['experiment', 'analyse', 'experiments.json', 'longer', '--exposures', 'exposures.csv']
  const { status, stdout, stderr } = run(...args, '--store', 'store.db', '--metric', 'click', '--json')
  assert.equal(status, 0, stderr)
  const analysis = JSON.parse(stdout)
  assert.deepEqual(analysis.units, { control: 99, longer: 100 })
  assert.ok(Math.abs(analysis.comparisons[0].delta.value - 2) < 0.2)
  assert.match(analysis.notes[0], /^1 units were shown more than one arm/)
})

test('what is missing or wrong is named', () => {
  const wrong: [string[], RegExp][] = [
    [['experiment', 'list', 'nowhere.json'], /nowhere\.json: is not readable as JSON/],
    [
      ['experiment', 'analyse', 'experiments.json', 'longer', '--metric', 'a'],
      /--units FILE, or --store FILE/,
    ],
    [['off-policy', '--data', 'movielens-1m'], /data: got "movielens-1m", expected open-bandit/],
  ]
  for (const [args, message] of wrong) {
    const { status, stderr } = run(...args)
    assert.equal(status, 1)
    assert.match(stderr, message)
  }
})

test('a policy is evaluated from a log, and refused where the log is too short', () => {
  const row = (k: number) => `${k % 3 === 0 ? 1 : 0},${k % 2 ? 0.5 : 0.25},${k % 2 ? 0.5 : 0.25}`
  const log = (rows: number) =>
    ['reward,propensity,target', ...Array.from({ length: rows }, (_, k) => row(k))].join('\n')
  write('long.csv', log(2000))
  write('short.csv', log(100))
  const long = run('off-policy', '--log', 'long.csv')
  assert.equal(long.status, 0, long.stderr)
  assert.match(long.stdout, /ips +0\.33350 .*\n(.*\n)*May be published/)
  const short = run('off-policy', '--log', 'short.csv', '--json')
  assert.equal(short.status, 1)
  assert.equal(JSON.parse(short.stdout).refusals.length, 1)
})
