/** @file Runs every shell command of the README and the guides, and checks the types of every TypeScript block. */

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { prepareDataset } from '../../src/data/prepare.ts'
import { simulated } from '../../src/data/readers/simulated.ts'
import { createWorld } from '../../src/data/world/world.ts'
import { writeWorld } from '../../src/data/world/write-world.ts'
import { commandsOf, documents, ROOT } from './blocks.ts'

/** Commands that do not run here, each with the reason. */
const NOT_RUN: Record<string, string> = {
  'npm install && npm start': 'installs; the demo runs by its command',
  'npm install && npm test': 'is what runs this test',
  'labrador off-policy --store shop/store.db --surface related --ranking blend --places 3':
    'needs a log of some thousand requests',
  'labrador snapshots --store shop/store.db --activate 20261123-020000-412':
    'names a snapshot of the reader’s own',
}

const work = mkdtempSync(join(tmpdir(), 'labrador-docs-'))
const servers: ReturnType<typeof spawn>[] = []
after(() => {
  for (const server of servers) server.kill('SIGKILL')
  rmSync(work, { recursive: true, force: true })
})

/**
 * The `simulated` of these tests: a tenth of the reader's own, which costs minutes to fit. Commands find a store that is
 * ready, as on a second run; that the reader makes one is for its own tests.
 */
const WORLD = { items: 400, users: 600, events: 25_000, collections: 200 }
before(async () => {
  const read: typeof simulated.read = async (_folder, store, progress) => {
    await writeWorld(createWorld(WORLD), store, { images: true }, progress)
    return ['A small world for tests.']
  }
  const store = await prepareDataset({ ...simulated, read }, { storeDirectory: join(work, 'datasets') })
  store.close()
})

// `labrador` is this checkout; datasets are read once for all documents.
mkdirSync(join(work, 'bin'))
mkdirSync(join(work, 'datasets'))
const main = join(ROOT, 'src', 'cli', 'main.ts')
writeFileSync(join(work, 'bin', 'labrador'), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`, {
  mode: 0o755,
})
const environment = {
  ...process.env,
  PATH: [join(work, 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter),
}

test('the list of commands that are not run names only commands that there are', () => {
  const all = [...documents().values()].flat().filter(({ language }) => language === 'sh')
  const commands = new Set(all.flatMap(({ text }) => commandsOf(text)))
  for (const command of Object.keys(NOT_RUN)) assert.ok(commands.has(command), command)
})

for (const [path, blocks] of documents()) {
  if (!blocks.some(({ language }) => language === 'sh')) continue
  test(`the commands of ${path} work, in their order`, async () => {
    const folder = mkdtempSync(join(work, 'folder-'))
    symlinkSync(join(work, 'datasets'), join(folder, '.labrador'))
    symlinkSync(join(ROOT, 'examples'), join(folder, 'examples'))
    for (const [name, content] of Object.entries(sampleFiles())) writeFileSync(join(folder, name), content)
    const port = await freePort()
    for (const { language, text, file } of blocks) {
      if (file) writeFileSync(join(folder, file), text)
      if (language !== 'sh') continue
      for (const command of commandsOf(text)) {
        if (command in NOT_RUN) continue
        const here = command.replaceAll('8080', String(port))
        if (/^labrador (serve|demo)\b/.test(here)) await startServer(here, folder)
        else runCommand(here, folder)
      }
    }
    while (servers.length > 0) servers.pop()!.kill('SIGKILL')
  })
}

test('the TypeScript of the documentation fits the code', () => {
  const folder = mkdtempSync(join(ROOT, '.docs-blocks-'))
  try {
    let count = 0
    for (const block of [...documents().values()].flat()) {
      if (block.language === 'ts') writeFileSync(join(folder, `block-${count++}.ts`), block.text)
    }
    assert.ok(count > 0)
    const config = {
      extends: '../tsconfig.json',
      compilerOptions: { noUnusedLocals: false },
      include: ['*.ts', '../src'],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
    const { status, stdout } = spawnSync(process.execPath, [tsc, '--noEmit', '-p', folder], {
      encoding: 'utf8',
    })
    assert.equal(status, 0, stdout)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

function runCommand(command: string, cwd: string): void {
  // Without -f, curl calls an answer of 400 or 500 a success.
  const strict = command.replace(/^curl /, 'curl -sSf ')
  const { status, stdout, stderr } = spawnSync('sh', ['-c', strict], {
    cwd,
    env: environment,
    encoding: 'utf8',
  })
  assert.equal(status, 0, `${command}\n${stdout}\n${stderr}`)
}

/** Starts a command that serves until it is stopped; resolves when it says where. */
async function startServer(command: string, cwd: string): Promise<void> {
  const options = command.startsWith('labrador demo') ? `${command} --port ${await freePort()}` : command
  const server = spawn('sh', ['-c', `exec ${options}`], { cwd, env: environment })
  servers.push(server)
  let output = ''
  await new Promise<void>((resolve, reject) => {
    const read = (part: Buffer) => {
      output += part
      if (output.includes('Serving at')) resolve()
    }
    server.stdout.on('data', read)
    server.stderr.on('data', read)
    server.on('exit', () => reject(new Error(`${command} ended:\n${output}`)))
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address() as { port: number }
      probe.close(() => resolve(address.port))
    })
  })
}

/** Files that the guides name without showing them: thirty films, what forty people did with them, and so on. */
function sampleFiles(): Record<string, string> {
  const genres = ['Drama', 'Crime', 'Comedy']
  const films = Array.from({ length: 30 }, (_, k) => ({
    id: 1170 + k,
    genre: genres[k % 3]!,
    year: 1990 + (k % 8),
  }))
  const events = Array.from({ length: 400 }, (_, k) => ({
    id: `s${k}`,
    time: 1_767_225_600 + k * 600,
    user: 20 + (k % 40),
    item: films[((k % 40) + 3 * ((k * k) % 7)) % 30]!.id,
  }))
  const thousand = Array.from({ length: 1000 }, (_, k) => k)
  const csv = (head: string, rows: string[]) => `${[head, ...rows].join('\n')}\n`
  const quoted = (value: object) => `"${JSON.stringify(value).replaceAll('"', '""')}"`
  return {
    'items.csv': csv(
      'id,title,tags,attributes',
      films.map(
        ({ id, genre, year }) => `${id},Quiet harbour ${id},${genre},${quoted({ category: genre, year })}`,
      ),
    ),
    'films.csv': csv(
      'film,title,tags,year,category',
      films.map(({ id, genre, year }) => `${id},Film ${id},${genre};film,${year},${genre}`),
    ),
    'events.csv': csv(
      'id,time,user,item,kind',
      events.map(({ id, time, user, item }) => `${id},${time},${user},${item},view`),
    ),
    'clicks.csv': csv(
      'visitor_id,sku,ts',
      events.map(({ time, user, item }) => `${user},${item},${time}`),
    ),
    'log.csv': csv(
      'time,user,item,kind',
      events.map(
        ({ time, user, item }, k) => `${time},${user},${item},${k % 9 ? 'addtocart' : 'transaction'}`,
      ),
    ),
    'units.csv': csv(
      'unit,arm,clicks,impressions,purchases,before_clicks,before_impressions',
      thousand.map(
        (k) => `u${k},${k % 2 ? 'longer' : 'control'},${k % 7},${10 + (k % 5)},${k % 3},${k % 6},12`,
      ),
    ),
    'lists.csv': csv(
      'user,list,team,clicks',
      thousand.map((k) => `u${k >> 2},${k >> 1},${k % 2 ? 'trees' : 'blend'},${k % 3 ? 0 : 1}`),
    ),
    'shown.csv': csv(
      'reward,propensity,target',
      thousand.map((k) => `${k % 9 ? 0 : 1},0.25,${[0.4, 0.3, 0.2, 0.1][k % 4]}`),
    ),
  }
}
