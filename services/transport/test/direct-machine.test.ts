import { unsequenced } from '@strata/contract';
import type { NetworkRequest } from '@strata/network';
import { TransportCore, type TransportIndication, type TransportRequest } from '@strata/transport';
import { ipv4Address, UNSPECIFIED_IPV4 } from '@strata/wire';
import { DirectMachine } from '../src/direct-machine.ts';
import { TransportMachine } from '../src/transport-machine.ts';

function createCore(): TransportCore {
  return new TransportCore(
    {
      addresses: [{ address: ipv4Address(0xc0000202), prefixLength: 24, mtuOctets: 1500 }],
      secret: new Uint8Array(16),
    },
    () => 0.5,
  );
}

const listen: TransportRequest = {
  kind: 'listen',
  socket: 64,
  endpoint: 'app',
  local: { address: UNSPECIFIED_IPV4, port: 80 },
  backlog: 1,
  options: {},
};

describe('Transport on a bus that loses nothing', () => {
  it('passes the bodies as they are, keeps none and sets no timer for them', () => {
    const core = createCore();
    const machine = new DirectMachine(core);
    const told: TransportIndication[] = [];
    const asked: NetworkRequest[][] = [];
    const outputs = {
      toNetwork: (requests: NetworkRequest[]) => void asked.push(requests),
      toApplication: (pdus: readonly { readonly body: TransportIndication | undefined }[]) => {
        for (const pdu of pdus) {
          expect(pdu).toMatchObject({ sequence: 0, acknowledge: 0 });
          told.push(pdu.body!);
        }
      },
    };
    machine.handleSession(unsequenced('app', listen), 0);
    machine.flush(0, outputs);
    machine.handleSession(unsequenced('app', { kind: 'close', socket: 64 }), 1);
    machine.flush(1, outputs);
    expect(told.map(({ kind }) => kind)).toEqual(['listening', 'closed']);
    expect(asked).toEqual([]);
    expect(machine.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });

  it('differs from a bus that may lose something, where the same is sequenced and timed', () => {
    const machine = new TransportMachine(createCore());
    const sequences: number[] = [];
    machine.handleSession({ ...unsequenced('app', listen), sequence: 1 }, 0);
    machine.flush(0, {
      toNetwork: () => {},
      toApplication: (pdus) => sequences.push(...pdus.map(({ sequence }) => sequence)),
    });
    expect(sequences).toEqual([1]);
    expect(machine.nextDeadlineMs()).toBeLessThan(Number.POSITIVE_INFINITY);
  });
});
