/** @file The programmatic API: what `import … from 'labrador'` gives. */

export * from './base/errors.ts'
