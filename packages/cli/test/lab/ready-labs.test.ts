import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadLab } from '@strata/runtime/lab';
import { readyLabs } from '../../src/lab/find.ts';
import { runCli, runCliWithInput } from '../run-cli.ts';
import { matches, stepsOf } from './page.ts';
import { startLab } from './start-lab.ts';

const LABS = fileURLToPath(new URL('../../../../labs/', import.meta.url));

/** Others may have the machine's processors just now. */
const PATIENCE_MS = 120_000;

/** The command with the option that names the lab's console, behind the sub-command. */
function withConsole([lab, command, ...words]: readonly string[], port: string): string[] {
  return [lab!, command!, '--console', port, ...words];
}

describe.each(readyLabs())('The page of the lab %s', (name) => {
  const page = readFileSync(join(LABS, name, 'README.md'), 'utf8');
  const [first, ...steps] = stepsOf(page);

  it('begins with the start of the lab', () => {
    expect(first?.commands[0]?.words).toEqual(['lab', 'up', name]);
  });

  it(
    'says what its commands print',
    async () => {
      const { port, stop } = await startLab(loadLab(join(LABS, name, 'lab.yaml')));
      try {
        for (const { commands, expected } of steps) {
          let output = '';
          for (const { words, input } of commands) {
            const result = await runCliWithInput(input, ...withConsole(words, port));
            output += result.stdout + result.stderr;
            // Of a command whose output the page does not say, the status tells.
            if (expected === undefined) expect([words, result.status]).toEqual([words, 0]);
          }
          if (expected === undefined || matches(expected, output)) continue;
          // Shows both.
          expect({ commands, output }).toEqual({ commands, output: expected });
        }
      } finally {
        await stop();
      }
    },
    PATIENCE_MS,
  );

  it('has the drawing of the lab', async () => {
    const { stdout } = await runCli('lab', 'graph', name);
    const drawn = stdout.split('\n').slice(2).join('\n').trimEnd();
    expect(page).toContain(`\`\`\`\n${drawn}\n\`\`\``);
  });
});
