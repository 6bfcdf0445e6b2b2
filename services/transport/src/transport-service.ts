import { everyPdu } from '@strata/bus';
import {
  networkIndicationChannel,
  networkRequestChannel,
  type SessionPdu,
  transportIndicationChannel,
  transportRequestChannel,
} from '@strata/contract';
import {
  busCounters,
  busHealth,
  type Clock,
  type Counters,
  Driver,
  Presence,
  type Running,
  runAlone,
  type ServiceContext,
  serveControl,
  waitForAbove,
} from '@strata/runtime';
import type { TransportRequest } from '@strata/transport';
import { createCore } from './core.ts';
import { DirectMachine } from './direct-machine.ts';
import { sayHello } from './say-hello.ts';
import { listControlSockets } from './socket-values.ts';
import { createSysctlStore } from './sysctl.ts';
import { Takeover } from './takeover.ts';
import { TransportMachine, type TransportOutputs } from './transport-machine.ts';

export interface TransportOptions extends ServiceContext {
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Hears of exceptions in the core, which are bugs: tests fail on them. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** What waits for the core at most: what comes from applications is bounded by their credits and may not be dropped. */
const UNBOUNDED = {
  selects: everyPdu,
  maxPendingPdus: Number.POSITIVE_INFINITY,
  maxPendingOctets: Number.POSITIVE_INFINITY,
};

/** How long applications may take to stop when all are told to: an answer 1.5 s, and 2 s for the goodbye. */
const WAIT_FOR_APPLICATIONS_MS = 4500;

/**
 * Starts the transport layer of a stack. Throws ControlError for a congestion control that is not there, InstanceError where the stack
 * has a transport.
 */
export function startTransport(options: TransportOptions): Promise<Running> {
  return runAlone('transport', options, () => start(options));
}

async function start(options: TransportOptions): Promise<Running> {
  const { bus, config, stack, clock } = options;
  const log = options.log.child({ layer: 'transport', stack });
  const core = createCore(config, stack, bus.lossless);
  const withSessions = bus.lossless ? undefined : new TransportMachine(core);
  const machine = withSessions ?? new DirectMachine(core);
  const networkRequests = networkRequestChannel(stack);
  const indications = transportIndicationChannel(stack);

  const outputs: TransportOutputs = {
    toNetwork: (requests) => bus.publish(networkRequests, requests),
    toApplication: (pdus) => bus.publish(indications, pdus),
  };
  const driver = new Driver({
    name: `transport ${stack}`,
    machine,
    flush: (nowMs) => {
      machine.flush(nowMs, outputs);
      takeover?.run();
    },
    log,
    clock,
    onError: options.onError,
  });

  const handleIndication = machine.handleIndication.bind(machine);
  const presence = withSessions && new Presence(bus, stack, clock);
  const takeover = presence && new Takeover({ machine: withSessions, driver, presence, log });
  const handleSession = (pdu: SessionPdu<TransportRequest>, nowMs: number) => {
    machine.handleSession(pdu, nowMs);
    takeover?.hear(pdu.endpoint);
  };
  const fromNetwork = bus.subscribe(
    networkIndicationChannel(stack),
    (batch) => driver.batch('indication', batch, handleIndication),
    { isInput: true, selects: everyPdu },
  );
  const fromApplication = bus.subscribe(
    transportRequestChannel(stack),
    (batch) => driver.batch('request', batch, handleSession),
    { ...UNBOUNDED, selects: everyPdu },
  );
  const setConnected = (connected: boolean) =>
    driver.run((nowMs) => {
      if (connected) withSessions?.sessions.handleConnected(nowMs);
      else withSessions?.sessions.handleDisconnected();
    });
  if (bus.status !== 'connected') setConnected(false);
  const forgetStatus = bus.onStatus((status) => setConnected(status === 'connected'));

  const health = () => busHealth(bus);
  const counters = (): Counters => ({
    ...core.counters,
    indication_dropped: fromNetwork.counters().dropped,
    indication_malformed: fromNetwork.counters().malformed,
    indication_stale: fromNetwork.counters().stale,
    request_malformed: fromApplication.counters().malformed,
    request_stale: fromApplication.counters().stale,
    session_retransmitted: withSessions?.sessions.counters().retransmitted ?? 0,
    session_lost: withSessions?.sessions.counters().lost ?? 0,
    ...busCounters(bus),
    core_errors: driver.errors,
  });
  const control = serveControl({
    bus,
    stack,
    layer: 'transport',
    log,
    health,
    counters,
    sysctl: createSysctlStore(core),
    handlers: {
      sockets: (request) => ({
        kind: 'sockets',
        // As of now: a connection that nothing happens to grows older too.
        sockets: listControlSockets(request, (filter) =>
          driver.run((nowMs) => core.sockets(nowMs, filter)),
        ),
      }),
    },
  });
  driver.settle();

  const stopHello = sayHello(bus, stack, clock);

  const stop = async () => {
    control.drain();
    const layers = ['application'] as const;
    await waitForAbove({ bus, stack, layers, timeoutMs: WAIT_FOR_APPLICATIONS_MS });
    stopHello();
    fromNetwork.close();
    fromApplication.close();
    forgetStatus();
    presence?.close();
    driver.run((nowMs) => core.shutDown(nowMs));
    driver.stop();
    // The layers below are told that we are gone behind all that we have sent.
    await bus.flush();
    await control.stop();
  };
  let stopped: Promise<void> | undefined;
  return {
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
    health,
    counters,
  };
}
