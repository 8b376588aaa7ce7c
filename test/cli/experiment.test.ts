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
  const nobody = run('experiment', 'assign', 'experiments.json', ' ')
  assert.equal(nobody.status, 1)
  assert.match(nobody.stderr, /user: got " ", expected the id of a user/)
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

test('an interleaving says which ranking is preferred, person by person', () => {
  // Each of 60 people sees two lists of four; three in four click what `new` picked, one of them in both lists.
  const rows = Array.from({ length: 60 }, (_, person) => person).flatMap((person) =>
    [0, 1].flatMap((list) =>
      ['old', 'new', 'old', 'new'].map((team, place) => {
        const wants = person % 4 === 0 ? 'old' : 'new'
        return `u${person},l${person}-${list},${team},${team === wants && place === 1 + (wants === 'old' ? 1 : 0) ? 1 : ''}`
      }),
    ),
  )
  write('lists.csv', ['user,list,team,clicks', ...rows].join('\n'))
  const text = run('experiment', 'interleaving', 'lists.csv')
  assert.equal(text.status, 0, text.stderr)
  assert.match(text.stdout, /120 lists, 60 users\nold won 15, new won 45, neither 0/)
  assert.match(text.stdout, /new is preferred/)
  const { teams, share, p, unit } = JSON.parse(
    run('experiment', 'interleaving', 'lists.csv', '--json').stdout,
  )
  assert.deepEqual([teams, unit, share.value], [['new', 'old'], 'user', 0.25])
  assert.ok(p < 0.001)
  write('three.csv', 'list,team,clicks\n1,a,0\n1,b,1\n1,c,0')
  assert.match(run('experiment', 'interleaving', 'three.csv').stderr, /has 3 teams \(a, b, c\)/)
  write('nameless.csv', 'list,team,clicks\n1,a,0\n,b,1')
  assert.match(run('experiment', 'interleaving', 'nameless.csv').stderr, /nameless\.csv.*3.*list/s)
  write('wrong.csv', 'list,team,clicks\n1,a,0\n1,b,-1')
  assert.match(run('experiment', 'interleaving', 'wrong.csv').stderr, /clicks/)
})

test('what is missing or wrong is named', () => {
  const wrong: [string[], RegExp][] = [
    [['experiment', 'list', 'nowhere.json'], /nowhere\.json: is not there/],
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
