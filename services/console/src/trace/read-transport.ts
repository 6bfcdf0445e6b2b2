import type { SessionPdu } from '@strata/contract';
import type { SocketAddress, TransportIndication, TransportRequest } from '@strata/transport';
import { formatIpv4 } from '@strata/wire';
import { describeGroup } from './describe-group.ts';
import type { Reading } from './event.ts';

/**
 * Reads a request of an application to transport. Undefined for a bare acknowledgement of the
 * session.
 */
export function readTransportRequest(pdu: SessionPdu<TransportRequest>): Reading | undefined {
  const { body } = pdu;
  if (body === undefined) return undefined;
  const say = sayer(body, pdu.endpoint);
  switch (body.kind) {
    case 'connect':
      return say(`to ${format(body.remote)}, credit ${body.creditOctets}`);
    case 'listen':
      return say(`on ${format(body.local)}, backlog ${body.backlog}`);
    case 'accept':
      return say(`credit ${body.creditOctets}`);
    case 'send':
      return say(
        `${data(body.data, body.offset)}${body.push ? ', push' : ''}${body.urgent ? ', urgent' : ''}`,
        body.data,
      );
    case 'credit':
      return say(`up to ${body.limitOctets}`);
    case 'bind':
      return say(`to ${format(body.local)}, credit ${body.creditOctets}`);
    case 'datagram':
      return say(`to ${format(body.remote)}, ${body.data.byteLength} octets`, body.data);
    case 'set-options':
      return say(JSON.stringify(body.options));
    case 'set-group':
      return say(describeGroup(body));
    case 'shutdown':
    case 'close':
    case 'abort':
    case 'get-info':
      return say('');
  }
}

/**
 * Reads an indication of transport to an application. Undefined for a bare acknowledgement of the
 * session.
 */
export function readTransportIndication(pdu: SessionPdu<TransportIndication>): Reading | undefined {
  const { body } = pdu;
  if (body === undefined) return undefined;
  const say = sayer(body, pdu.endpoint);
  switch (body.kind) {
    case 'listening':
    case 'bound':
      return say(`on ${format(body.local)}`);
    case 'offer':
      return say(`of ${format(body.remote)} on ${format(body.local)}, listener ${body.listener}`);
    case 'connected':
      return say(`${format(body.local)} to ${format(body.remote)}`);
    case 'data':
      return say(data(body.data, body.offset), body.data);
    case 'credit':
      return say(`up to ${body.limitOctets}, acknowledged ${body.acknowledgedOctets}`);
    case 'end':
      return say(`after ${body.offset} octets`);
    case 'info':
      return say(body.entry.state);
    case 'urgent':
      return say(`at ${body.offset}${body.octet === undefined ? '' : ', the octet itself'}`);
    case 'closed':
      return say(body.detail === '' ? body.reason : `${body.reason}: ${body.detail}`);
    case 'datagram':
      return say(`from ${format(body.remote)}, ${body.data.byteLength} octets`, body.data);
    case 'error':
      return say(`${body.reason} about ${format(body.remote)}: ${body.detail}`);
  }
}

function sayer(body: TransportRequest | TransportIndication, endpoint: string) {
  const isData = body.kind === 'send' || body.kind === 'data';
  return (what: string, bytes?: Uint8Array): Reading => ({
    pdu: isData ? 'data' : body.kind,
    text: `socket ${body.socket} of ${endpoint}: ${body.kind}${what === '' ? '' : ` ${what}`}`,
    bytes,
  });
}

function data(bytes: Uint8Array, offset: number): string {
  return `${bytes.byteLength} octets at ${offset}`;
}

function format({ address, port }: SocketAddress): string {
  return `${formatIpv4(address)}:${port}`;
}
