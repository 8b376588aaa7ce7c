/** The floors of the house (docs/architecture.md): a file imports from its own floor or below, never from above. */
const floors = [
  ['base'],
  ['store', 'graph', 'vectors', 'nn', 'text'],
  ['data'],
  ['models'],
  ['sources', 'ranking'],
  ['cascade', 'evaluation', 'experiments', 'learning'],
  ['server', 'cli'],
]

const downwards = floors.slice(0, -1).map((rooms, floor) => ({
  name: `floor-${floor + 1}-imports-downwards`,
  comment: `src/${rooms.join(', src/')} must not import from a floor above.`,
  severity: 'error',
  from: { path: `^src/(${rooms.join('|')})/` },
  to: {
    path: `^src/(${floors
      .slice(floor + 1)
      .flat()
      .join('|')}|index)`,
  },
}))

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-orphan-import', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'product-does-not-import-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|examples)/' },
    },
    ...downwards,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}
