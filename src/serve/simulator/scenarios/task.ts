import type { Scenario } from '../scenario.ts';

/** What the `task` scenario leaves behind in the working folder. Anything that ran twice shows as a line too many. */
export const TASK_RESULT = {
  logFile: 'task-log.txt',
  logText: 'step one was here\n',
  patchedFile: 'task-notes.md',
  patchedText: '# Notes\nWritten by the second step.\n',
  finalMessage: 'The line is in task-log.txt and the notes are in task-notes.md.',
} as const;

const COMMAND = `echo '${TASK_RESULT.logText.trim()}' >> ${TASK_RESULT.logFile} && echo '# Notes' > ${TASK_RESULT.patchedFile}`;

const PATCH = `*** Begin Patch
*** Update File: ${TASK_RESULT.patchedFile}
@@
 # Notes
+Written by the second step.
*** End Patch
`;

/** A small task as Codex does them: a command with an effect, a patch, an answer. */
export const TASK: Scenario = {
  name: 'task',
  summary: 'append a line with a command, change a file with a patch, answer',
  turns: [
    [
      [
        { kind: 'think', summary: '**Planning the task**\n\nFirst the log line, then the notes, then a summary.' },
        { kind: 'say', text: 'I will append the line to the log first.', phase: 'commentary' },
        { kind: 'shell', command: COMMAND },
      ],
      [
        { kind: 'think', summary: '**Writing the notes**' },
        { kind: 'patch', patch: PATCH },
      ],
      [
        { kind: 'think', summary: '**Summing up**' },
        { kind: 'say', text: TASK_RESULT.finalMessage, phase: 'final_answer' },
      ],
    ],
  ],
};
