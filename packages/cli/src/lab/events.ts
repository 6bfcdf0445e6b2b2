import type { LabEvent } from '@strata/runtime/lab';
import type { Execute } from '../execute.ts';
import { describeFailure } from '../failure.ts';
import { print, tell } from '../run.ts';

/**
 * Runs each event's command at its time, counted from now. A command that fails is told, and the
 * lab goes on.
 */
export function scheduleEvents(
  events: readonly LabEvent[],
  console: URL,
  execute: Execute,
): { stop(): void } {
  const run = async ({ at, do: command }: LabEvent) => {
    await print(`${at / 1000} s: ${command}\n`);
    const [name = '', ...words] = command.trim().split(/\s+/);
    try {
      await execute(['lab', name, '--console', console.port, ...words]);
    } catch (error) {
      tell(`${command}: ${describeFailure(error)}`);
    }
  };
  const timers = events.map((event) => setTimeout(() => void run(event), event.at));
  return { stop: () => timers.forEach(clearTimeout) };
}
