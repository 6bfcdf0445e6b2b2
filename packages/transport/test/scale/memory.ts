/**
 * Run with --expose-gc by connections.test.ts and by the bench. Prints the memory per connection in
 * octets, as one line of JSON.
 */
import { LinkedCores } from './linked-cores.ts';

const CONNECTIONS = Number(process.argv[2] ?? 10_000);

/** Heap and external memory after a garbage collection. */
function usedOctets(): number {
  for (let i = 0; i < 4; i += 1) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

if (globalThis.gc === undefined) throw new Error('run it with --expose-gc');

const warm = new LinkedCores();
warm.connect(100);
const before = usedOctets();
const cores = new LinkedCores();
cores.connect(CONNECTIONS);
cores.advance(10_000);
const open = cores.open.length;
const established = usedOctets();
cores.closeAll();
cores.advance(1000);
const timeWaits = cores.client.sockets().filter(({ state }) => state === 'TIME-WAIT').length;
const waiting = usedOctets();
cores.advance(120_000);
const after = usedOctets();

console.log(
  JSON.stringify({
    open,
    timeWaits,
    // Each has a TCB on both sides.
    octetsPerConnection: Math.round((established - before) / open / 2),
    octetsPerTimeWait: Math.round((waiting - after) / timeWaits),
    octetsLeft: after - before,
  }),
);
// The measured objects must stay alive until here.
if (cores.nowMs + warm.nowMs === 0) throw new Error();
