import { freshNamespace, Host, LongRunning } from '@strata/e2e';
import { requireCommand } from '../missing.ts';
import type { Stand } from './lab.ts';
import { ip, removeNamespace, startProgram } from './program.ts';

const SERVER = '198.51.100.2';
const CLIENT = '198.51.100.1';

/**
 * The kernel's TCP between two namespaces, joined by a veth pair. Node's net and http listen at the
 * server's end.
 */
export async function startKernel(): Promise<Stand> {
  const { server, client } = await joinNamespaces();
  const program = await startProgram('on-kernel.ts', [], server);
  return {
    netns: client,
    address: SERVER,
    async stop() {
      await program.stop();
      await removeNamespace(server);
      await removeNamespace(client);
    },
  };
}

/** iperf3 at both ends of a veth pair. */
export interface IperfStand extends Stand {
  /** Received megabytes (10^6 octets) per second. `receive`: the client receives. */
  measure(direction: 'receive' | 'send', seconds: number): Promise<number>;
}

export async function startIperf(): Promise<IperfStand> {
  await requireCommand('iperf3');
  const { server, client } = await joinNamespaces();
  const args = ['netns', 'exec', server, 'iperf3', '-s', '--forceflush'];
  const program = new LongRunning('iperf3', 'ip', args);
  await program.saysWithin('listening');
  return {
    netns: client,
    address: SERVER,
    async measure(direction, seconds) {
      const reverse = direction === 'receive' ? ['-R'] : [];
      const duration = `${Math.max(1, Math.round(seconds))}`;
      const line = ['-c', SERVER, '-t', duration, '-J', ...reverse];
      const { stdout } = await new Host(client).run('iperf3', line);
      return JSON.parse(stdout).end.sum_received.bits_per_second / 8e6;
    },
    async stop() {
      await program.stop();
      await removeNamespace(server);
      await removeNamespace(client);
    },
  };
}

async function joinNamespaces(): Promise<{ readonly server: string; readonly client: string }> {
  const [server, client] = [freshNamespace(), freshNamespace()];
  await ip(`netns add ${server}`);
  await ip(`netns add ${client}`);
  await ip(`link add v0 netns ${server} type veth peer name v1 netns ${client}`);
  await ip(`-n ${server} addr add ${SERVER}/24 dev v0`);
  await ip(`-n ${client} addr add ${CLIENT}/24 dev v1`);
  await ip(`-n ${server} link set v0 up`);
  await ip(`-n ${client} link set v1 up`);
  return { server, client };
}
