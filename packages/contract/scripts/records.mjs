/**
 * What the generator of the PDUs' codecs needs beyond the .proto files: which record a message
 * becomes, and the ranges that comments in the .proto files give. Names, numbers and types are only
 * in the .proto files.
 *
 * A record's property is the field's name in camelCase. An enum's value is its name in lower case,
 * with spaces, without the enum's own name. A message in a oneof becomes a member of a union; its
 * `kind` is the field's name with dashes.
 *
 * @typedef {object} FieldNote
 * @property {[number, number]} [range] Lowest and highest number. A number outside is refused when
 *   read. Default: the range of the type.
 * @property {[number, number]} [octets] Fewest and most octets of a bytes field. Default: any
 *   number.
 * @property {boolean} [absent] The record has undefined where the field is not written, although
 *   the message cannot tell that from zero.
 * @property {boolean} [token] The string is one token of a subject, and never empty.
 * @property {boolean} [copied] The bytes are copied when read. Default: they alias the message.
 * @property {string} [tail] The record's property for further pieces of the bytes.
 * @property {string} [headroom] The record's property for the headroom: how many octets of the
 *   message in front of the bytes may be overwritten.
 *
 * @typedef {object} MessageNote
 * @property {string} [from] The module that has the record's type, under the message's name.
 *   Default: the record is a member of a union.
 * @property {boolean} [optional] A record has undefined for an absent message. Default: a message
 *   of zeros.
 * @property {boolean} [checked] Ranges are also checked when the message is written.
 * @property {Record<string, string>} [local] Properties that are not sent, and their values after
 *   reading.
 * @property {string[]} [named] For an envelope: the kinds of body that also hold the endpoint.
 *   Default: all.
 * @property {string} [what] For a union: its name in errors.
 * @property {Record<string, FieldNote>} [fields]
 */

const UINT32_MAX = 0xffffffff;
const UINT53_MAX = Number.MAX_SAFE_INTEGER;
const OCTET = { range: [0, 0xff] };
const UINT16 = { range: [0, 0xffff] };
/** Largest segment size: 65,535 minus the smallest IPv4 and TCP headers. */
const MAX_SEGMENT_SIZE = 65_495;
const SEGMENT_SIZE = { range: [0, MAX_SEGMENT_SIZE] };
const INTERFACE_INDEX = { range: [1, UINT32_MAX] };
const ETHER_TYPE = { range: [0x0600, 0xffff] };
const IPV4_HEADER = { octets: [20, 60] };
const ENVELOPE = { endpoint: { token: true }, socket: { range: [1, UINT53_MAX] } };

/** The names of 32-bit fields that are addresses. */
export const ADDRESSES = new Set([
  'address',
  'source',
  'destination',
  'next_hop',
  'reporter',
  'group',
  'interface_address',
]);

/**
 * The module that has the enum's type. `record`: the type's name there; default: the enum's name.
 * `unknown`: the value for a number without a name; default: the number is refused. `spell`: makes
 * the value from a name without the enum's own; default: lower case, with spaces.
 *
 * @type {Record<
 *   string,
 *   { from: string, record?: string, unknown?: string, spell?: (name: string) => string }
 * >}
 */
export const ENUMS = {
  Cast: { from: '@strata/wire', record: 'AddressType' },
  ChecksumState: { from: '@strata/wire' },
  MtuDiscover: { from: '@strata/wire' },
  RejectCode: { from: '@strata/network' },
  FilterMode: { from: '@strata/wire' },
  CloseReason: { from: '@strata/transport', unknown: 'aborted' },
  SocketState: { from: '@strata/transport', spell: (name) => name.replaceAll('_', '-') },
};

/**
 * The PDUs, each with a codec of its own. Those with a oneof are unions; those in `ENVELOPES` hold
 * a body.
 *
 * @type {Record<string, MessageNote>}
 */
export const PDUS = {
  LinkRequest: {
    from: '@strata/link',
    fields: {
      interface_index: INTERFACE_INDEX,
      ether_type: ETHER_TYPE,
      segment_size: SEGMENT_SIZE,
      is_forwarded: { absent: true },
      packet: { tail: 'tail', headroom: 'headroomOctets' },
    },
  },
  LinkIndication: { from: '@strata/link', what: 'an indication' },
  LinkGroups: { from: '@strata/network', fields: { interface_index: INTERFACE_INDEX } },
  NetworkRequest: { from: '@strata/network', what: 'a request' },
  NetworkIndication: { from: '@strata/network', what: 'an indication' },
  TransportRequest: {
    from: '@strata/transport',
    named: ['connect', 'listen', 'accept', 'bind'],
    fields: ENVELOPE,
  },
  TransportIndication: { from: '@strata/transport', fields: ENVELOPE },
  WireFrame: {
    from: '../wire-frame.ts',
    local: { interfaceIndex: '0', tail: 'undefined', headroomOctets: '0' },
    fields: { source_port: { token: true }, segment_size: SEGMENT_SIZE, frame: { tail: 'tail' } },
  },
};

/**
 * PDUs whose record is a `SessionPdu`. Its `body` is the message's body, which also gets the
 * envelope's socket and trace context.
 */
export const ENVELOPES = new Set(['TransportRequest', 'TransportIndication']);

/**
 * The other messages that need a note: members of unions, and messages that several PDUs contain.
 *
 * @type {Record<string, MessageNote>}
 */
export const PARTS = {
  TraceContext: {
    from: '@strata/wire',
    optional: true,
    checked: true,
    fields: {
      // Copied, because the octets in front of a packet are overwritten.
      trace_id: { octets: [16, 16], copied: true },
      parent_span_id: { octets: [8, 8], copied: true },
      flags: OCTET,
    },
  },
  SocketAddress: { from: '@strata/transport', fields: { port: UINT16 } },
  TcpSocketOptions: {
    from: '@strata/transport',
    fields: {
      tos: OCTET,
      ttl: { range: [1, 255] },
      keep_alive_probes: { range: [1, 127] },
      syn_retries: { range: [1, 127] },
      max_pacing_rate_octets_per_second: { range: [1, UINT53_MAX] },
    },
  },
  LinkPacketIndication: {
    fields: {
      interface_index: INTERFACE_INDEX,
      ether_type: ETHER_TYPE,
      source_mac: { range: [0, 0xffffffffffff] },
      segment_size: SEGMENT_SIZE,
      packet: { headroom: 'headroomOctets' },
    },
  },
  LinkUnreachableIndication: {
    fields: { interface_index: INTERFACE_INDEX, is_forwarded: { absent: true } },
  },
  NetworkSendRequest: {
    fields: {
      protocol: OCTET,
      ttl: OCTET,
      tos: OCTET,
      segment_size: SEGMENT_SIZE,
      is_path_suspect: { absent: true },
      no_loop: { absent: true },
      segment: { tail: 'tail', headroom: 'headroomOctets' },
    },
  },
  NetworkRejectRequest: { fields: { header: IPV4_HEADER } },
  NetworkPathMtuRequest: { fields: { mtu: UINT16, protocol: OCTET } },
  NetworkSegmentIndication: {
    fields: {
      protocol: OCTET,
      ttl: OCTET,
      tos: OCTET,
      segment_size: SEGMENT_SIZE,
      header: { ...IPV4_HEADER, absent: true },
    },
  },
  NetworkErrorIndication: {
    fields: { type: OCTET, code: OCTET, mtu: UINT16, protocol: OCTET },
  },
  SendDatagram: {
    fields: {
      ttl: { range: [1, 255] },
      segment_size: { range: [1, MAX_SEGMENT_SIZE] },
      no_loop: { absent: true },
    },
  },
  Datagram: { fields: { ttl: OCTET } },
  SocketError: { fields: { mtu: UINT16 } },
  Urgent: { fields: { octet: OCTET } },
  GroupAddress: { from: '@strata/wire', optional: true },
  SocketEntry: { from: '@strata/transport' },
  TcpFigures: { from: '@strata/transport', optional: true },
  // Only in a repeated field, where no message is absent.
  SocketTimer: { from: '@strata/transport', optional: true },
};
