import { defineTool } from '../options.ts';
import { runClient } from './client.ts';
import { iperfSchema } from './options.ts';
import { runServer } from './server.ts';

/** iperf: throughput to and from an iperf3 of any kind. */
export const iperf = defineTool(iperfSchema, (stack, options, io) =>
  options.host === undefined ? runServer(stack, options, io) : runClient(stack, options, io),
);
