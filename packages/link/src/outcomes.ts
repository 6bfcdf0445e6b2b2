import {
  LINK_IMPAIRMENT_REASONS,
  LINK_RECEIVE_REASONS,
  LINK_TRANSMIT_REASONS,
  type OutcomeLog,
} from '@strata/wire';
import type { AdapterCounter, InterfaceCounters, LinkCounters } from './counters.ts';
import type { ImpairmentCounters } from './impairment/impairment-counters.ts';
import type { LinkInterface } from './interface/interface.ts';
import type { LinkFrame, LinkIndication, LinkRequest } from './pdu.ts';

/** The PDUs that link reports outcomes of. */
export type LinkPdu = LinkFrame | LinkIndication | LinkRequest;

/** Where the parts of one link core count and report what they do. */
export interface LinkReport {
  readonly counters: LinkCounters;
  readonly outcomes: OutcomeLog<LinkPdu>;
}

type CounterName = keyof InterfaceCounters | keyof LinkCounters;

/**
 * Drops the received frame, or reports `frames` frames that the adapter dropped. Increments the
 * counters of the reason, and reports an outcome if the core is observed.
 */
export function dropFrame(
  report: LinkReport,
  link: LinkInterface | undefined,
  reason: keyof typeof LINK_RECEIVE_REASONS,
  frames = 1,
): void {
  count(report, link, LINK_RECEIVE_REASONS[reason].counters, frames);
  if (report.outcomes.isOn) report.outcomes.report('dropped', reason);
}

/** Drops a packet that was to be sent. */
export function dropRequest(
  report: LinkReport,
  link: LinkInterface | undefined,
  request: LinkRequest,
  reason: keyof typeof LINK_TRANSMIT_REASONS,
): void {
  count(report, link, LINK_TRANSMIT_REASONS[reason].counters, 1);
  const { outcomes } = report;
  if (outcomes.isOn) outcomes.reportOf(request, 'dropped', reason, request.nextHop);
}

/** Counts a frame that an impairment dropped. The core reports the outcome. */
export function dropImpaired(
  counters: ImpairmentCounters,
  reason: keyof typeof LINK_IMPAIRMENT_REASONS,
): void {
  for (const name of LINK_IMPAIRMENT_REASONS[reason].counters) counters[name] += 1;
}

/** `link`: the interface whose counters are incremented. Undefined: only those of the layer are. */
function count(
  { counters }: LinkReport,
  link: LinkInterface | undefined,
  names: readonly CounterName[],
  times: number,
): void {
  for (const name of names) {
    if (isLayers(name, counters)) counters[name] += times;
    else if (link !== undefined) link.counters[name] += times;
  }
}

function isLayers(name: CounterName, counters: LinkCounters): name is keyof LinkCounters {
  return name in counters;
}

/** Why the adapter dropped a frame, by the counter that it reports. */
export const ADAPTER_DROPS = {
  rx_crc_errors: 'strata/BAD_FCS',
  rx_dropped: 'FULL_RING',
  rx_length_errors: 'PKT_TOO_SMALL',
} as const satisfies Record<AdapterCounter, string>;
