import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

export default defineConfig({
  build: { outDir: 'dist', target: 'es2022' },
  resolve: {
    alias: { '@labrador/client': fileURLToPath(new URL('../client/src/index.ts', import.meta.url)) },
  },
  server: { proxy: { '/api': 'http://localhost:8080', '/images': 'http://localhost:8080' } },
})
