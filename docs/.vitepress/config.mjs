// The book's site. `cargo xtask docs` lays the pages out beside this file before it builds them.

import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';

const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));

/** Names a heading as GitHub does, so that the same link works on the site and in the repository. */
const slugify = (text) =>
  text
    .trim()
    .toLowerCase()
    .replace(/[^\p{Alphabetic}\p{Number}\s_-]/gu, '')
    .replace(/\s/g, '-');

export default defineConfig({
  title: 'Everstream',
  description: 'Server-Sent Events that arrive, for Rust and TypeScript in the browser',
  lang: 'en',
  outDir: '../book',
  // The commands' own files, and the packages that they need.
  srcExclude: ['node_modules/**'],
  // Links outside of the pages lead to copies that are made after the build, and `cargo xtask docs` checks those too.
  ignoreDeadLinks: [/^\/source\//],
  markdown: {
    anchor: { slugify },
    // The themes' own colours for comments have too little contrast.
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  themeConfig: {
    nav: [
      { text: 'Get started', link: '/start/' },
      { text: 'Troubleshooting', link: '/troubleshooting' },
      { text: 'Glossary', link: '/glossary' },
    ],
    sidebar: read('./sidebar.json'),
    outline: [2, 3],
    search: { provider: 'local' },
  },
});
