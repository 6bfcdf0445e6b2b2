import type { ConsoleApi } from '../console-api.ts';
import type { ApiInterface } from '../ip/stack.ts';
import { type CountersByLayer, flatten } from '../nstat/counters.ts';
import type { ApiSocket } from '../ss/socket.ts';

/** What a stack says of itself at one moment. */
export interface Sample {
  readonly atMs: number;
  readonly interfaces: readonly ApiInterface[];
  readonly sockets: readonly ApiSocket[];
  readonly counters: ReadonlyMap<string, number>;
}

/** Asks for all tables. Rejects with CliError if the console does not answer. */
export async function takeSample(api: ConsoleApi, stack: string): Promise<Sample> {
  const query = { stack };
  const [interfaces, sockets, counters] = await Promise.all([
    api.get<Record<string, ApiInterface[] | null>>('/api/interfaces', query),
    api.get<Record<string, ApiSocket[] | null>>('/api/sockets', { stack, protocol: 'tcp' }),
    api.get<Record<string, CountersByLayer>>('/api/counters', query),
  ]);
  return {
    atMs: performance.now(),
    interfaces: interfaces[stack] ?? [],
    sockets: sockets[stack] ?? [],
    counters: flatten(counters[stack] ?? {}),
  };
}
