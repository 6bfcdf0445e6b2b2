/** The envelope of the transport/application boundary: fields 1 to 5 of TransportRequest and TransportIndication. */
import type { SocketAddress } from '@strata/transport';
import type { TraceContext } from '@strata/wire';
import type { SessionPdu } from '../session.ts';
import { checkToken } from '../token.ts';
import { readTrace, traceFieldOctets, writeTrace } from './meta.ts';
import { checkRange, malformed, outOfRange, type Reader } from './reader.ts';
import { lengthFieldOctets, varintFieldOctets, type Writer } from './writer.ts';

/** What bodies have in common. */
interface Body {
  readonly socket: number;
  readonly endpoint?: string | undefined;
  readonly trace?: TraceContext | undefined;
}

/** Octets of the envelope's own fields. Throws where it does not agree with its body. */
export function envelopeOctets(pdu: SessionPdu<Body>): number {
  const { body, endpoint, socket } = pdu;
  checkToken('endpoint', endpoint);
  if (body !== undefined) {
    if (body.socket !== socket) throw outOfRange('socket of the body', body.socket, `${socket}`);
    if (body.endpoint !== undefined && body.endpoint !== endpoint) {
      throw outOfRange('endpoint of the body', body.endpoint, endpoint);
    }
  }
  return (
    lengthFieldOctets(endpoint.length) +
    varintFieldOctets(socket) +
    varintFieldOctets(pdu.sequence) +
    varintFieldOctets(pdu.acknowledge) +
    traceFieldOctets(body?.trace)
  );
}

export function writeEnvelope(writer: Writer, pdu: SessionPdu<Body>): void {
  writer.asciiField(0x0a, pdu.endpoint);
  writer.varintField(0x10, pdu.socket);
  writer.varintField(0x18, pdu.sequence);
  writer.varintField(0x20, pdu.acknowledge);
  writeTrace(writer, 0x2a, pdu.body?.trace);
}

/** What is read of an envelope, before its body. */
export class Envelope {
  endpoint = '';
  socket = 0;
  sequence = 0;
  acknowledge = 0;
  trace: TraceContext | undefined = undefined;
  /** Tag and place of the body; 0: none. A later body takes the place of an earlier one. */
  bodyTag = 0;
  bodyStart = 0;
  bodyEnd = 0;

  /** Reads the message from `reader.at` to `reader.end`; fields `firstBody` to `lastBody` are the bodies. */
  read(reader: Reader, firstBody: number, lastBody: number): void {
    while (reader.at < reader.end) {
      const tag = reader.tag();
      const field = tag >>> 3;
      if (tag === 0x0a) this.endpoint = reader.token();
      else if (tag === 0x10) this.socket = reader.varint();
      else if (tag === 0x18) this.sequence = reader.varint();
      else if (tag === 0x20) this.acknowledge = reader.varint();
      else if (tag === 0x2a) this.trace = readTrace(reader);
      else if (field >= firstBody && field <= lastBody && (tag & 7) === 2) {
        this.bodyTag = tag;
        this.bodyEnd = reader.lengthEnd();
        this.bodyStart = reader.at;
        reader.at = this.bodyEnd;
      } else reader.skip(tag);
    }
    if (this.endpoint === '') throw malformed('an envelope without endpoint');
    checkRange('socket', this.socket, 1, Number.MAX_SAFE_INTEGER);
  }

  /** The message with its body. */
  toPdu<B>(body: B | undefined): SessionPdu<B> {
    const { socket, endpoint, sequence, acknowledge } = this;
    return { socket, endpoint, sequence, acknowledge, body };
  }
}

/** Octets of an address without its own tag and length. */
export function addressOctets(address: SocketAddress): number {
  return (address.address === 0 ? 0 : 5) + varintFieldOctets(address.port);
}

export function writeAddress(writer: Writer, tag: number, address: SocketAddress): void {
  writer.lengthField(tag, addressOctets(address));
  writer.fixed32Field(0x0d, address.address);
  writer.varintField(0x10, address.port);
}

/** The address in the field that begins here. */
export function readAddress(reader: Reader): SocketAddress {
  const outer = reader.end;
  reader.end = reader.lengthEnd();
  let address = 0;
  let port = 0;
  while (reader.at < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0d) address = reader.fixed32();
    else if (tag === 0x10) port = reader.varint();
    else reader.skip(tag);
  }
  reader.end = outer;
  checkRange('port', port, 0, 65535);
  return { address, port };
}

/** Where an address is absent. */
export const NO_ADDRESS: SocketAddress = { address: 0, port: 0 };

/** The address of a message of protobufjs. */
export function fromAddress(
  address: { address?: number | null; port?: number | null } | null | undefined,
): SocketAddress {
  const port = address?.port ?? 0;
  checkRange('port', port, 0, 65535);
  return { address: address?.address ?? 0, port };
}
