#!/usr/bin/env node
import { findEntry } from './find-entry.js';
import { runBun } from './run-bun.js';

runBun([findEntry(), ...process.argv.slice(2)]);
