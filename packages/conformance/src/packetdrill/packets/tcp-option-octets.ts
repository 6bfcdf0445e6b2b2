import {
  readUint16,
  readUint32,
  TCP_OPTION_END,
  TCP_OPTION_MSS,
  TCP_OPTION_NOP,
  TCP_OPTION_SACK,
  TCP_OPTION_SACK_PERMITTED,
  TCP_OPTION_TIMESTAMPS,
  TCP_OPTION_WINDOW_SCALE,
} from '@strata/wire';
import type { TcpOption } from '../language/script.ts';

/** Options as octets, in order. No padding is added: a script contains its own. */
export function optionOctets(options: readonly TcpOption[]): Uint8Array {
  return Uint8Array.from(options.flatMap(octetsOf));
}

function octetsOf(option: TcpOption): number[] {
  switch (option.kind) {
    case 'octets': {
      const { code, octets } = option;
      if (code === TCP_OPTION_NOP || code === TCP_OPTION_END) return [code];
      return [code, 2 + octets.length, ...octets];
    }
    case 'timestamps':
      return [TCP_OPTION_TIMESTAMPS, 10, ...word(option.value), ...word(option.echo)];
    case 'sack': {
      const blocks = option.blocks.flatMap(({ left, right }) => [...word(left), ...word(right)]);
      return [TCP_OPTION_SACK, 2 + blocks.length, ...blocks];
    }
  }
}

function word(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

/** The options in a header, in order, with padding. */
export function readOptions(octets: Uint8Array): TcpOption[] {
  const options: TcpOption[] = [];
  for (let at = 0; at < octets.byteLength; ) {
    const code = octets[at]!;
    const isSingle = code === TCP_OPTION_NOP || code === TCP_OPTION_END;
    const length = isSingle ? 1 : Math.max(2, octets[at + 1] ?? 2);
    options.push(optionOf(code, octets.subarray(at + (isSingle ? 1 : 2), at + length)));
    at += length;
  }
  return options;
}

function optionOf(code: number, data: Uint8Array): TcpOption {
  if (code === TCP_OPTION_TIMESTAMPS && data.byteLength === 8) {
    return { kind: 'timestamps', value: readUint32(data, 0), echo: readUint32(data, 4) };
  }
  if (code === TCP_OPTION_SACK && data.byteLength > 0 && data.byteLength % 8 === 0) {
    const blocks = Array.from({ length: data.byteLength / 8 }, (_none, index) => ({
      left: readUint32(data, 8 * index),
      right: readUint32(data, 8 * index + 4),
    }));
    return { kind: 'sack', blocks };
  }
  return { kind: 'octets', code, octets: [...data] };
}

/** Formats options as in scripts, with angle brackets. Empty if there are none. */
export function optionsText(options: readonly TcpOption[]): string {
  return options.length === 0 ? '' : `<${options.map(optionText).join(',')}>`;
}

function optionText(option: TcpOption): string {
  if (option.kind === 'timestamps') return `TS val ${option.value} ecr ${option.echo}`;
  if (option.kind === 'sack') {
    return `sack ${option.blocks.map(({ left, right }) => `${left}:${right}`).join(' ')}`;
  }
  const { code, octets } = option;
  if (code === TCP_OPTION_NOP) return 'nop';
  if (code === TCP_OPTION_END) return 'eol';
  if (code === TCP_OPTION_SACK_PERMITTED) return 'sackOK';
  if (code === TCP_OPTION_MSS) return `mss ${readUint16(Uint8Array.from(octets), 0)}`;
  if (code === TCP_OPTION_WINDOW_SCALE) return `wscale ${octets[0]}`;
  return `option ${code} (${octets.map((octet) => octet.toString(16).padStart(2, '0')).join('')})`;
}
