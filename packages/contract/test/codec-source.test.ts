/** The generator of the codecs, with schemas of its own. */
import protobuf from 'protobufjs';
import { codecSource } from '../scripts/codec-source.mjs';

const NOTE = { from: '../pdu.ts' };

/** The generated source for a PDU `Pdu` with these fields. */
function sourceOf(fields: string, note: object = {}, others = ''): string {
  const root = parsed(`message Pdu { ${fields} } ${others}`);
  return codecSource(root, { Pdu: { ...NOTE, ...note } }, {});
}

function parsed(messages: string): protobuf.Root {
  const root = new protobuf.Root();
  const text = `syntax = "proto3"; package strata.v1; ${messages}`;
  protobuf.parse(text, root, { keepCase: true });
  root.resolveAll();
  return root;
}

describe('the generator of codecs', () => {
  it('takes names, numbers and types from the schema', () => {
    const source = sourceOf('fixed32 next_hop = 4; bytes packet = 15;');
    expect(source).toContain('writer.fixed32Field(0x25, ipv4Bits(pdu.nextHop));');
    expect(source).toContain('if (tag === 0x25) nextHop = ipv4Address(reader.fixed32());');
    expect(source).toContain('writer.bytesField(0x7a, pdu.packet);');
  });

  it('writes fields by rising number, whatever their order in the schema', () => {
    const source = sourceOf('bool b = 2; uint32 a = 1;');
    expect(source.indexOf('0x08')).toBeLessThan(source.indexOf('0x10'));
  });

  it("refuses a value beyond a uint32, or beyond the note's narrower range", () => {
    expect(sourceOf('uint32 a = 1;')).toContain("checkRange('a', a, 0, 4294967295);");
    const note = { fields: { a: { range: [1, 9] } } };
    expect(sourceOf('uint32 a = 1;', note)).toContain("checkRange('a', a, 1, 9);");
  });

  it('gives a field above 15 a tag of two octets, and does not write zero', () => {
    const source = sourceOf('uint32 a = 16; string b = 17;');
    expect(source).toMatch(
      /if \(pdu\.a !== 0\) \{\s+writer\.octet\(0x80\);\s+writer\.presentVarintField\(0x01, pdu\.a\);/,
    );
    expect(source).toContain("if (pdu.b !== '') {");
    expect(source).toContain('wideFieldOctets(varintFieldOctets(pdu.a))');
    expect(source).toContain('if (tag === 0x80) a = reader.varint();');
  });

  it("spells an enum's values as its note says", () => {
    const states = 'enum SocketState { SOCKET_STATE_CLOSED = 0; SOCKET_STATE_FIN_WAIT_1 = 1; }';
    expect(sourceOf('SocketState state = 1;', {}, states)).toContain('["CLOSED","FIN-WAIT-1"]');
  });

  it('makes an array of a repeated field of messages', () => {
    const timers = 'message SocketTimer { double ms = 2; }';
    const root = parsed(`message Pdu { repeated SocketTimer timers = 1; } ${timers}`);
    const source = codecSource(root, { Pdu: NOTE }, { SocketTimer: { ...NOTE, optional: true } });
    expect(source).toContain('listFieldOctets(pdu.timers, sizeSocketTimer)');
    expect(source).toContain('for (const one of pdu.timers) writeSocketTimer(writer, 0x0a, one);');
    expect(source).toContain('if (tag === 0x0a) timers.push(readSocketTimer(reader));');
    expect(source).toContain('writer.doubleField(0x11, pdu.ms);');
  });

  it.each([
    ['a note on a field that does not exist', 'uint32 a = 1;', { fields: { b: {} } }, /no field b/],
    ['a repeated field', 'repeated uint32 a = 1;', {}, /Pdu\.a: .*repeated/],
    ['a type that a PDU must not have', 'sint32 a = 1;', {}, /Pdu\.a: .*sint32/],
    ['a field above 15 that is bytes', 'bytes a = 16;', {}, /Pdu\.a: .*above 15/],
    ['optional bytes', 'optional bytes a = 1;', {}, /Pdu\.a: .*presence/],
    ['a message whose record is unknown', 'Inner a = 1;', {}, /Inner: .*where its type is/],
  ])('refuses %s', (_, fields, note, message) => {
    expect(() => sourceOf(fields, note, 'message Inner { bool b = 1; }')).toThrow(message);
  });

  it('refuses a note on a message that does not exist', () => {
    const root = new protobuf.Root();
    protobuf.parse('syntax = "proto3"; package strata.v1;', root);
    expect(() => codecSource(root, { Gone: NOTE }, {})).toThrow(/Gone: .*no \.proto file/);
  });
});
