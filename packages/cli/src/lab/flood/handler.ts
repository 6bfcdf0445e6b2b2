import type { ServerResponse } from 'node:http';
import type { Bus } from '@strata/bus';
import { type Config, SILENT, WirePort } from '@strata/runtime';
import { ApiError, type ApiHandler, readJson, stackOf } from '@strata/service-console';
import { parseIpv4 } from '@strata/wire';
import { findFloodPath } from './find-path.ts';
import { MAX_FLOOD_PER_SECOND, MAX_FLOOD_SYNS } from './limits.ts';
import { type FloodPath, synFrame } from './syn.ts';

const TICK_MS = 5;

/** What a flood is asked for. */
interface FloodRequest {
  readonly target: string;
  readonly port: number;
  readonly count: number;
  readonly perSecond: number;
}

/**
 * POST /api/lab/flood?stack=NAME with `{"target": "192.0.2.2", "port": 80, "count": 1000,
 * "perSecond": 500}`: sends SYNs from spoofed sources to a neighbour of the stack. Answers with
 * their number when all are sent, or the client is gone.
 */
export const postFlood: ApiHandler = async (api) => {
  const { target, port, count, perSecond } = checkRequest(await readJson(api.request));
  const stack = stackOf(api);
  const { bus } = api.context;
  // A lab's console has the lab's whole config.
  const config = api.context.config as Config;
  const { path, wire } = findFloodPath(config, stack, parseIpv4(target)!, port);
  return { sent: await flood(bus, config, wire, path, { count, perSecond }, api.response) };
};

function checkRequest(body: Record<string, unknown>): FloodRequest {
  const { target } = body;
  if (typeof target !== 'string' || parseIpv4(target) === undefined) {
    throw new ApiError(400, `target is ${JSON.stringify(target)}: it must be an IPv4 address.`);
  }
  const integer = (name: string, most: number): number => {
    const value = body[name];
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) {
      return value;
    }
    throw new ApiError(
      400,
      `${name} is ${JSON.stringify(value)}: it must be a whole number from 1 to ${most}.`,
    );
  };
  return {
    target,
    port: integer('port', 65_535),
    count: integer('count', MAX_FLOOD_SYNS),
    perSecond: integer('perSecond', MAX_FLOOD_PER_SECOND),
  };
}

/**
 * Sends at the given rate. If the process was not scheduled in time, it catches up at twice the
 * rate, not in one burst.
 */
function flood(
  bus: Bus,
  config: Config,
  wire: string,
  path: FloodPath,
  { count, perSecond }: Pick<FloodRequest, 'count' | 'perSecond'>,
  client: ServerResponse,
): Promise<number> {
  const { mtu, offload, fcs, impairment } = config.wires[wire]!;
  const port = new WirePort({
    bus,
    wire,
    name: 'flood',
    interfaceIndex: 1,
    mac: path.source,
    mtu,
    offload,
    fcs,
    impairmentOut: impairment,
    log: SILENT,
  });
  const mostATick = Math.max(1, Math.floor((2 * perSecond * TICK_MS) / 1000));
  const beginMs = performance.now();
  let sent = 0;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const elapsedMs = performance.now() - beginMs;
      const due = Math.min(count, Math.ceil((elapsedMs * perSecond) / 1000));
      const batch = Math.min(mostATick, due - sent);
      if (batch > 0) port.send(Array.from({ length: batch }, () => linkFrame(synFrame(path))));
      sent += batch;
      // What the wire's impairment delays is sent too.
      const isSending = sent < count || port.impairmentOut.backlog().frames > 0;
      if (isSending && !client.destroyed) return;
      clearInterval(timer);
      port.close();
      resolve(sent);
    }, TICK_MS);
  });
}

function linkFrame(frame: Uint8Array) {
  return {
    interfaceIndex: 1,
    frame,
    tail: undefined,
    headroomOctets: 0,
    segmentSize: 0,
    checksum: 'complete' as const,
    trace: undefined,
    fcs: undefined,
    sourcePort: undefined,
  };
}
