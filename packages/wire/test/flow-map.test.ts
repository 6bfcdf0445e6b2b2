import { FlowMap, flowKey, ipv4Address } from '../src/index.ts';

const HERE = ipv4Address(0xc0000202);
const ELSEWHERE = ipv4Address(0x0a000002);
const PEER = ipv4Address(0xffffffff);

describe('FlowMap', () => {
  it('finds a flow by an equal key, and no other that differs in one field', () => {
    const map = new FlowMap<string>();
    map.set(flowKey(HERE, 80), flowKey(PEER, 65535), 'one');
    expect(map.get(flowKey(HERE, 80), flowKey(PEER, 65535))).toBe('one');
    expect(map.get(flowKey(ELSEWHERE, 80), flowKey(PEER, 65535))).toBeUndefined();
    expect(map.get(flowKey(HERE, 81), flowKey(PEER, 65535))).toBeUndefined();
    expect(map.get(flowKey(HERE, 80), flowKey(HERE, 65535))).toBeUndefined();
    expect(map.get(flowKey(HERE, 80), flowKey(PEER, 0))).toBeUndefined();
  });

  it('has one value for a flow, and counts it once', () => {
    const map = new FlowMap<string>();
    map.set(flowKey(HERE, 80), flowKey(PEER, 1), 'first');
    map.set(flowKey(HERE, 80), flowKey(PEER, 1), 'second');
    map.set(flowKey(HERE, 80), flowKey(PEER, 2), 'other');
    expect([...map]).toEqual(['second', 'other']);
    expect(map.size).toBe(2);
    map.delete(flowKey(HERE, 80), flowKey(PEER, 1));
    map.delete(flowKey(HERE, 80), flowKey(PEER, 1));
    expect([...map]).toEqual(['other']);
    expect(map.size).toBe(1);
  });

  it('lists the flows of a local port on all local addresses', () => {
    const map = new FlowMap<string>();
    map.set(flowKey(HERE, 80), flowKey(PEER, 1), 'a');
    map.set(flowKey(ELSEWHERE, 80), flowKey(PEER, 1), 'b');
    map.set(flowKey(HERE, 81), flowKey(PEER, 80), 'c');
    expect([...map.onLocalPort(80)]).toEqual(['a', 'b']);
  });
});
