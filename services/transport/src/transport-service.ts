import type { Bus } from '@strata/bus';
import {
  networkIndicationChannel,
  networkRequestChannel,
  type SessionPdu,
  transportIndicationChannel,
  transportRequestChannel,
} from '@strata/contract';
import {
  askInterfaces,
  followBus,
  fromBus,
  type Input,
  type LayerContext,
  type LayerOptions,
  type LayerWiring,
  Presence,
  type RunningLayer,
  startLayer,
} from '@strata/runtime';
import type { TransportRequest } from '@strata/transport';
import { createCore, localAddresses } from './core.ts';
import { DirectMachine } from './direct-machine.ts';
import { sayHello } from './say-hello.ts';
import { listControlSockets } from './socket-values.ts';
import { Takeover } from './takeover.ts';
import { TransportMachine, type TransportOutputs } from './transport-machine.ts';

export type TransportOptions = LayerOptions;

/**
 * Starts the transport layer of a stack. Throws ControlError for a congestion control that does not
 * exist, and InstanceError if the stack already has a transport.
 */
export function startTransport(options: TransportOptions): Promise<RunningLayer> {
  return startLayer('transport', options, wire);
}

/**
 * A transport core between network and the applications. On a bus that may lose messages, each
 * socket has a session.
 */
function wire(context: LayerContext): LayerWiring {
  const { bus, config, stack, clock, log, run, epochOf } = context;
  const core = createCore(config, stack, bus.lossless);
  const withSessions = bus.lossless ? undefined : new TransportMachine(core);
  const machine = withSessions ?? new DirectMachine(core);
  const presence = withSessions && new Presence(bus, stack, clock);
  const takeover = presence && new Takeover({ machine: withSessions, run, presence, log });
  const handleIndication = machine.handleIndication.bind(machine);
  const handleSession = (pdu: SessionPdu<TransportRequest>, nowMs: number) => {
    machine.handleSession(pdu, nowMs);
    takeover?.hear(pdu.endpoint);
  };
  const toNetwork = networkRequestChannel(stack);
  const toApplication = transportIndicationChannel(stack);
  const outputs: TransportOutputs = {
    toNetwork: (requests) => bus.publish(toNetwork, requests, epochOf),
    toApplication: (pdus) => bus.publish(toApplication, pdus, epochOf),
  };
  const fromNetwork = networkIndicationChannel(stack);
  const fromApplication = transportRequestChannel(stack);
  let stopHello = () => {};
  return {
    machine,
    outcomes: core,
    inputs: [
      fromBus(bus, 'indication', fromNetwork, handleIndication, { isInput: true }),
      fromBus(bus, 'request', fromApplication, handleSession, { isCredited: true }),
      ...(withSessions === undefined ? [] : [fromStatus(bus, withSessions)]),
    ],
    outputs: [
      (nowMs) => {
        machine.flush(nowMs, outputs);
        takeover?.run();
      },
    ],
    counters: () => ({
      ...core.counters,
      session_retransmitted: withSessions?.sessions.counters().retransmitted ?? 0,
      session_lost: withSessions?.sessions.counters().lost ?? 0,
    }),
    sysctl: {
      read: () => ({ ...core.sysctl }),
      change: (changes) => Object.assign(core.sysctl, changes),
    },
    handlers: {
      'interfaces-set': ({ interfaces }) => {
        core.setAddresses(localAddresses(interfaces));
        return { kind: 'done' };
      },
      sockets: (request) => ({
        kind: 'sockets',
        // As of now: a connection gets older even if nothing happens to it.
        sockets: listControlSockets(request, (filter) =>
          run((nowMs) => core.sockets(nowMs, filter)),
        ),
      }),
    },
    started: () => {
      // Link may have other interfaces by now than the config.
      askInterfaces(bus, stack)
        .then((now) => now && core.setAddresses(localAddresses(now)))
        .catch((error: unknown) => log.warn({ err: error }, 'link was not asked for interfaces'));
      stopHello = sayHello(bus, stack, clock);
    },
    lastWords: (nowMs) => core.shutDown(nowMs),
    close: () => {
      stopHello();
      presence?.close();
    },
  };
}

/** The bus's status is an input of the sessions. */
function fromStatus(bus: Bus, { sessions }: TransportMachine): Input {
  return (driver) => ({ close: followBus(bus, driver, sessions) });
}
