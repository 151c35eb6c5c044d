#!/usr/bin/env node
// Bun, wherever npm put it: for package scripts.
import { runBun } from './run-bun.js';

runBun(process.argv.slice(2));
