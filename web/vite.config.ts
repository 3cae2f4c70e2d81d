// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vite';

/** The licences of what the page carries, as the page's own file /licences.txt. */
function licences(parts: readonly string[]): Plugin {
  const text = (part: string): string => {
    const folder = `node_modules/${part}`;
    const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
    if (!file) throw new Error(`${part} brings no licence`);
    return `${part}\n\n${readFileSync(`${folder}/${file}`, 'utf8').trim()}\n`;
  };
  return {
    name: 'licences',
    generateBundle() {
      this.emitFile({
        type: 'asset',
        fileName: 'licences.txt',
        source: parts.map(text).join(`\n${'-'.repeat(80)}\n\n`),
      });
    },
  };
}

// Everything is a file of its own and nothing is inlined: the server's Content-Security-Policy allows no inline script,
// style or data: address.
export default defineConfig({
  plugins: [
    licences(['preact', '@preact/signals', '@preact/signals-core', 'lucide-preact', '@fontsource-variable/geist']),
  ],
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  // For work on the page: `npx vite` beside `./run serve`.
  server: { proxy: { '/api': 'http://127.0.0.1:8501', '/openapi.json': 'http://127.0.0.1:8501' } },
});
