/**
 * Edits a file in a process of its own.
 * Arguments: file, what to do (`replace TEXT`, `delete`, `append TIMES`), and a step at which to die by SIGKILL.
 */
import { randomBytes } from 'node:crypto';
import { createUserFiles } from '../create-user-files.ts';

const [file = '', action = '', detail = '', dieAt = ''] = process.argv.slice(2);
if (process.env['DROP_ROOT'] === '1' && process.getuid?.() === 0) process.setuid?.(65_534);

const files = createUserFiles({
  now: Date.now,
  sleep: Bun.sleep,
  uniqueName: () => randomBytes(6).toString('hex'),
  onStep: (step) => {
    if (step === dieAt) process.kill(process.pid, 'SIGKILL');
  },
});

try {
  if (action === 'append') {
    for (let count = 0; count < Number(detail); count += 1) {
      await files.edit(file, (text) => `${text ?? ''}${process.pid} ${count}\n`);
    }
  } else {
    await files.edit(file, () => (action === 'delete' ? undefined : detail.repeat(Number(process.env['REPEAT'] ?? '1'))));
  }
} catch (error) {
  console.log(error instanceof Error && 'problem' in error ? error.problem : error);
  process.exitCode = 1;
}
