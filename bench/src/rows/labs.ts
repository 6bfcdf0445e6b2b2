import { execFileSync } from 'node:child_process';
import { freePort, LongRunning, STRATA } from '@strata/e2e';
import { cpuMs } from '../cpu.ts';
import { type Comparison, formatTable, type Outcome } from '../table.ts';
import type { Row } from './row.ts';

const STARTS = 5;
const GOAL_MS = 2000;

/** CPU time of a ready lab's process from its start until it says `ready`. */
export const LABS: Row = {
  name: 'labs',
  title: 'start of the ready labs, CPU time',
  async run(say) {
    const listed = execFileSync(process.execPath, [STRATA, 'lab', 'list'], { encoding: 'utf8' });
    const names = Array.from(listed.matchAll(/^\S+/gm), ([name]) => name);
    const outcomes: Outcome[] = [];
    for (const name of names) {
      say(name);
      const values: number[] = [];
      for (let time = 0; time < STARTS; time += 1) values.push(await measureStart(name));
      outcomes.push({ side: name, values });
    }
    const comparisons = names.map((side): Comparison => ({ side, below: GOAL_MS }));
    return formatTable({ title: 'start of a lab', unit: 'ms of CPU time' }, outcomes, comparisons);
  },
};

async function measureStart(name: string): Promise<number> {
  const words = [STRATA, 'lab', 'up', name, '--console', `${await freePort()}`];
  const lab = new LongRunning(`strata lab up ${name}`, process.execPath, words);
  await lab.saysWithin('ready');
  const spent = cpuMs(lab.pid);
  await lab.stop();
  return spent;
}
