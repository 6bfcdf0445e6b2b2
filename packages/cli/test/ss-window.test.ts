import type { TcpFigures } from '@strata/contract';
import { formatWindow } from '../src/ss/format-window.ts';

describe('The window of strata ss', () => {
  it('draws the four kinds of octets with their sequence numbers (T10)', () => {
    const figures = {
      iss: 0xffffff00,
      sndUna: (0xffffff00 + 1001) >>> 0,
      sndNxt: (0xffffff00 + 4001) >>> 0,
      sndWnd: 5000,
      cwndOctets: 14_600,
      acknowledgedOctets: 1000,
      sendableOctets: 2000,
      unsendableOctets: 1000,
    } as TcpFigures;
    expect(formatWindow(figures)).toEqual([
      `====|${'>'.repeat(30)}${'.'.repeat(20)}${'x'.repeat(10)}|  window 5000 (to 6000), congestion window 14600`,
      '= acknowledged       1000  1..1000',
      '> in flight          3000  1001..4000',
      '. may be sent        2000  4001..6000',
      'x must wait          1000  6001..7000',
    ]);
  });

  it('draws at least one cell for a small kind of octets, and none for an empty one', () => {
    const figures = {
      iss: 0,
      sndUna: 1,
      sndNxt: 1_000_001,
      sndWnd: 1_000_000,
      cwndOctets: 1_000_000,
      acknowledgedOctets: 0,
      sendableOctets: 0,
      unsendableOctets: 1,
    } as TcpFigures;
    const [bar, ...rows] = formatWindow(figures);
    expect(bar).toContain(`|${'>'.repeat(60)}x|`);
    expect(rows[2]).toBe('. may be sent           0  -');
  });
});
