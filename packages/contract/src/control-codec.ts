/**
 * Control requests and replies as messages of proto/strata/v1/control.proto; protobufjs encodes
 * them.
 */
import { ipv4Bits } from '@strata/wire';
import { decodeWith } from './codec/generated.ts';
import { checkRange, malformed } from './codec/reader.ts';
import { fromChange, fromChangeReply, toChange, toChangeReply } from './control/change-codec.ts';
import {
  fromImpairment,
  fromImpairmentGet,
  fromImpairmentSet,
  fromImpairments,
  toImpairment,
  toImpairmentGet,
  toImpairmentSet,
  toImpairments,
} from './control/impairment-values.ts';
import { fromProbeEvent, fromProbeRun, toProbeEvent, toProbeRun } from './control/probe-values.ts';
import {
  fromNeighbour,
  fromRoutes,
  fromTableRequest,
  toNeighbour,
  toNeighbourSet,
  toNeighboursFlush,
  toRoutes,
} from './control/table-values.ts';
import type { ControlReply, ControlRequest } from './control.ts';
import {
  CONTROL_ERROR_CODES,
  fromFeatures,
  fromHealth,
  fromInterface,
  fromSocket,
  fromSocketFilter,
  toFeatures,
  toHealth,
  toInterface,
  toSocket,
  toSocketFilter,
} from './control-values.ts';
import { strata } from './gen/strata.js';

const v1 = strata.v1;

/** Encodes the request as a message's body. */
export function encodeControlRequest(request: ControlRequest): Uint8Array {
  return v1.ControlRequest.encode(toRequest(request)).finish();
}

function toRequest(request: ControlRequest): strata.v1.ControlRequest.$Properties {
  switch (request.kind) {
    case 'interfaces':
      return { interfaces: {} };
    case 'neighbours':
      return { neighbours: {} };
    case 'neighbour-set':
      return { neighbourSet: toNeighbourSet(request) };
    case 'neighbour-delete': {
      const { interfaceName, address, proxy } = request;
      return { neighbourDelete: { interfaceName, address: ipv4Bits(address), proxy } };
    }
    case 'neighbours-flush':
      return { neighboursFlush: toNeighboursFlush(request) };
    case 'routes-notice':
      return { routesNotice: { routes: toRoutes(request) } };
    case 'routes':
      return { routes: {} };
    case 'sockets':
      return { sockets: toSocketFilter(request) };
    case 'sysctl-get':
      return { sysctlGet: { names: [...request.names] } };
    case 'sysctl-set':
      return { sysctlSet: { name: request.name, value: request.value } };
    case 'counters':
      return { counters: {} };
    case 'impairment-get':
      return { impairmentGet: toImpairmentGet(request) };
    case 'impairment-set':
      return { impairmentSet: toImpairmentSet(request) };
    case 'impairments':
      return { impairments: { interfaceName: request.interfaceName } };
    case 'features-get':
      return { featuresGet: { interfaceName: request.interfaceName } };
    case 'features-set': {
      const { interfaceName, switches } = request;
      const own = switches.map(({ name, on }) => ({ name, on }));
      return { featuresSet: { interfaceName, switches: own } };
    }
    case 'capture':
      return { capture: { leaseMs: request.leaseMs, snapOctets: request.snapOctets } };
    case 'probe':
      return { probe: toProbeRun(request) };
    case 'health':
      return { health: {} };
    default:
      return toChange(request);
  }
}

/** Decodes the request in a message's body. Throws ContractError if the body is not a request. */
export function decodeControlRequest(bytes: Uint8Array): ControlRequest {
  const message = decodeWith(v1.ControlRequest, bytes);
  if (message.interfaces) return { kind: 'interfaces' };
  if (message.neighbours) return { kind: 'neighbours' };
  if (message.routes) return { kind: 'routes' };
  if (message.sockets) return { kind: 'sockets', ...fromSocketFilter(message.sockets) };
  if (message.sysctlGet) return { kind: 'sysctl-get', names: message.sysctlGet.names ?? [] };
  if (message.sysctlSet) {
    const { name, value } = message.sysctlSet;
    return { kind: 'sysctl-set', name: name ?? '', value: value ?? '' };
  }
  if (message.counters) return { kind: 'counters' };
  if (message.impairmentGet) return fromImpairmentGet(message.impairmentGet);
  if (message.impairmentSet) return fromImpairmentSet(message.impairmentSet);
  if (message.impairments) {
    return { kind: 'impairments', interfaceName: message.impairments.interfaceName ?? '' };
  }
  if (message.capture) return fromCapture(message.capture);
  if (message.probe) return { kind: 'probe', ...fromProbeRun(message.probe) };
  if (message.health) return { kind: 'health' };
  return fromTableRequest(message) ?? decodeFeaturesRequest(message);
}

function decodeFeaturesRequest(message: strata.v1.ControlRequest.$Properties): ControlRequest {
  const { featuresGet, featuresSet } = message;
  if (featuresGet) return { kind: 'features-get', interfaceName: featuresGet.interfaceName ?? '' };
  if (featuresSet) {
    const { interfaceName, switches } = featuresSet;
    return {
      kind: 'features-set',
      interfaceName: interfaceName ?? '',
      switches: (switches ?? []).map(({ name, on }) => ({ name: name ?? '', on: on ?? false })),
    };
  }
  const change = fromChange(message);
  if (change !== undefined) return change;
  throw malformed('a control request of no known kind');
}

function fromCapture(message: strata.v1.CaptureSet.$Properties): ControlRequest {
  const leaseMs = message.leaseMs ?? 0;
  const snapOctets = message.snapOctets ?? 0;
  checkRange('lease_ms', leaseMs, 0, 60_000);
  if (snapOctets !== 0) checkRange('snap_octets', snapOctets, 14, 262_144);
  return { kind: 'capture', leaseMs, snapOctets };
}

/** Encodes the reply as a message's body. */
export function encodeControlReply(reply: ControlReply): Uint8Array {
  return v1.ControlReply.encode(toReply(reply)).finish();
}

function toReply(reply: ControlReply): strata.v1.ControlReply.$Properties {
  switch (reply.kind) {
    case 'error':
      return { error: { code: reply.code, message: reply.message, errno: reply.errno ?? '' } };
    case 'interfaces':
      return { interfaces: { interfaces: reply.interfaces.map(toInterface) } };
    case 'neighbours':
      return { neighbours: { neighbours: reply.neighbours.map(toNeighbour) } };
    case 'routes':
      return { routes: toRoutes(reply) };
    case 'sockets':
      return { sockets: { sockets: reply.sockets.map(toSocket) } };
    case 'sysctls':
      return { sysctls: { sysctls: reply.sysctls.map(({ name, value }) => ({ name, value })) } };
    case 'counters':
      return { counters: { counters: { ...reply.counters } } };
    case 'impairment':
      return { impairment: toImpairment(reply.impairment) };
    case 'impairments':
      return { impairments: toImpairments(reply.impairments) };
    case 'features':
      return { features: { interfaces: reply.interfaces.map(toFeatures) } };
    case 'capture':
      return { capture: { leaseMs: reply.leaseMs } };
    case 'probes': {
      const { session, events, lost } = reply;
      return { probes: { session, events: events.map(toProbeEvent), lost } };
    }
    case 'health':
      return { health: toHealth(reply.health) };
    default:
      return toChangeReply(reply);
  }
}

/** Decodes the reply in a message's body. Throws ContractError if the body is not a reply. */
export function decodeControlReply(bytes: Uint8Array): ControlReply {
  const message = decodeWith(v1.ControlReply, bytes);
  const { error, interfaces, neighbours, routes, sockets, sysctls } = message;
  if (error) {
    const known = CONTROL_ERROR_CODES.find((code) => code === error.code);
    const errno = error.errno ? { errno: error.errno } : {};
    return { kind: 'error', code: known ?? 'failed', message: error.message ?? '', ...errno };
  }
  if (interfaces) {
    return { kind: 'interfaces', interfaces: (interfaces.interfaces ?? []).map(fromInterface) };
  }
  if (neighbours) {
    return { kind: 'neighbours', neighbours: (neighbours.neighbours ?? []).map(fromNeighbour) };
  }
  if (routes) return { kind: 'routes', ...fromRoutes(routes) };
  if (sockets) return { kind: 'sockets', sockets: (sockets.sockets ?? []).map(fromSocket) };
  if (sysctls) {
    const entries = sysctls.sysctls ?? [];
    return {
      kind: 'sysctls',
      sysctls: entries.map(({ name, value }) => ({ name: name ?? '', value: value ?? '' })),
    };
  }
  return decodeOtherReply(message);
}

function decodeOtherReply(message: strata.v1.ControlReply.$Properties): ControlReply {
  const { counters, impairment, impairments, features, capture, probes, health } = message;
  if (counters) return { kind: 'counters', counters: { ...counters.counters } };
  if (impairment) return { kind: 'impairment', impairment: fromImpairment(impairment) };
  if (impairments) return fromImpairments(impairments);
  if (features) {
    return { kind: 'features', interfaces: (features.interfaces ?? []).map(fromFeatures) };
  }
  if (capture) return { kind: 'capture', leaseMs: capture.leaseMs ?? 0 };
  if (probes) {
    const { session, events, lost } = probes;
    return {
      kind: 'probes',
      session: session ?? 0,
      events: (events ?? []).map(fromProbeEvent),
      lost: lost ?? 0,
    };
  }
  if (health) return { kind: 'health', health: fromHealth(health) };
  const change = fromChangeReply(message);
  if (change !== undefined) return change;
  throw malformed('a control reply of no known kind');
}
