import { type Allocate, addKnobsOf, Fifo, OutcomeLog, orderKnobChanges } from '@strata/wire';
import type { NetworkConfig } from './config.ts';
import type { NetworkContext } from './context.ts';
import { createNetworkCounters } from './counters.ts';
import { Identifications } from './fragments/identification.ts';
import { createReassemblyState } from './fragments/reassembly-state.ts';
import { IcmpRateLimit } from './icmp/icmp-rate-limit.ts';
import { createIgmpState } from './igmp/state.ts';
import { MartianLog } from './input/martian.ts';
import { Interfaces } from './interfaces.ts';
import { createNatState } from './nat/nat-state.ts';
import { createProbeState } from './probe/probe-state.ts';
import { icmpProtocol, igmpProtocol, transportProtocols } from './protocol-entries.ts';
import { NetworkProtocols } from './protocols.ts';
import { MultipathHash } from './routing/multipath-hash.ts';
import { RouteExceptions } from './routing/route-exceptions.ts';
import { Routes } from './routing/routes.ts';
import { changeSysctl, createNetworkConf, defaultNetworkSysctl } from './sysctl.ts';

/** The state of a new core. The arguments and what it throws: see NetworkCore's constructor. */
export function createContext(
  config: NetworkConfig,
  random: () => number,
  allocate: Allocate,
): NetworkContext {
  const sysctl = defaultNetworkSysctl();
  const conf = createNetworkConf();
  const { beforeInterfaces, afterInterfaces } = orderKnobChanges(config.sysctl ?? {});
  changeSysctl(sysctl, conf, beforeInterfaces);
  const interfaces = new Interfaces(config.interfaces);
  for (const { index, name } of interfaces.all) addKnobsOf(conf, index, name);
  changeSysctl(sysctl, conf, afterInterfaces);
  const context: NetworkContext = {
    interfaces,
    routes: new Routes(interfaces),
    exceptions: new RouteExceptions(sysctl),
    protocols: new NetworkProtocols(),
    reassembly: createReassemblyState(),
    identifications: new Identifications(random),
    icmpLimit: new IcmpRateLimit(sysctl, random),
    probes: createProbeState(),
    igmp: createIgmpState(),
    multipath: new MultipathHash(random),
    martians: new MartianLog(),
    nat: createNatState(config.nat),
    sysctl,
    conf,
    counters: createNetworkCounters(),
    outcomes: new OutcomeLog('network'),
    random,
    allocate,
    unixTimeAtZeroMs: config.unixTimeAtZeroMs,
    toLink: new Fifo(),
    toTransport: new Fifo(),
    loopback: new Fifo(),
  };
  for (const route of config.routes) context.routes.add(route);
  context.protocols.add(icmpProtocol(context));
  context.protocols.add(igmpProtocol(context));
  for (const protocol of transportProtocols(context)) context.protocols.add(protocol);
  return context;
}
