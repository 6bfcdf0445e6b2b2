import { ConsoleApi } from '../../console-api.ts';
import { print } from '../../run.ts';

export interface FloodOptions {
  readonly count: number;
  readonly rate: number;
}

/** Sends SYNs from a node of the running lab, and prints how many. Rejects with CliError. */
export async function runFlood(
  console: URL,
  node: string,
  target: string,
  port: number,
  { count, rate }: FloodOptions,
): Promise<void> {
  const body = { target, port, count, perSecond: rate };
  const query = { stack: node };
  const api = new ConsoleApi(console);
  const { sent } = await api.post<{ readonly sent: number }>('/api/lab/flood', query, body);
  await print(`${sent} SYNs sent to ${target}:${port}\n`);
}
