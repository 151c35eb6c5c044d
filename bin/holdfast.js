#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { findEntry } from './find-entry.js';
import { runBun } from './run-bun.js';

const inThisFolder = (file) => fileURLToPath(new URL(file, import.meta.url));

runBun([
  // The working directory may be anybody's repository: its .env, bunfig.toml and tsconfig.json are not for Holdfast.
  '--no-env-file',
  `--config=${inThisFolder('bunfig.toml')}`,
  `--tsconfig-override=${inThisFolder('tsconfig.json')}`,
  findEntry(),
  ...process.argv.slice(2),
]);
