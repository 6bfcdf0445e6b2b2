import { connect } from '@nats-io/transport-node';
import { type LongRunning, startNatsServer } from '@strata/e2e';
import { type ChainPdu, RUN_SUBJECT, subjectOf } from '../programs/chain.ts';
import { startProgram } from './program.ts';

/** As many relays as services between an application and the host: transport, network, link. */
const RELAYS = 3;

/**
 * The throughput of NATS and the contract's messages without TCP: a source, three relays and a
 * sink, one process each.
 */
export interface ChainStand {
  /** Megabytes (10^6 octets of payload) per second that the sink received. */
  measure(seconds: number): Promise<number>;
  stop(): Promise<void>;
}

/** The PDUs that go down from transport to network. */
export function startChainDown(): Promise<ChainStand> {
  return startChain('request');
}

/** The PDUs that come up from network to transport. */
export function startChainUp(): Promise<ChainStand> {
  return startChain('indication');
}

async function startChain(pdu: ChainPdu): Promise<ChainStand> {
  const nats = await startNatsServer();
  const programs: LongRunning[] = [];
  programs.push(await startProgram('chain-sink.ts', [nats.url, subjectOf(RELAYS)]));
  for (let hop = RELAYS - 1; hop >= 0; hop -= 1) {
    const args = [nats.url, pdu, subjectOf(hop), subjectOf(hop + 1)];
    programs.push(await startProgram('chain-relay.ts', args));
  }
  programs.push(await startProgram('chain-source.ts', [nats.url, pdu, subjectOf(0)]));
  const connection = await connect({ servers: nats.url });
  return {
    async measure(seconds) {
      const timeout = seconds * 1000 + 20_000;
      const reply = await connection.request(RUN_SUBJECT, `${seconds}`, { timeout });
      const { octets, tookMs } = reply.json<{ octets: number; tookMs: number }>();
      return octets / tookMs / 1000;
    },
    async stop() {
      await connection.close();
      await Promise.all(programs.map((one) => one.stop()));
      await nats.stop();
    },
  };
}
