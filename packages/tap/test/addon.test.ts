import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAddon } from '../src/addon.ts';
import { tapAvailable } from '../src/available.ts';

describe('loadAddon', () => {
  it.each(['darwin', 'win32'] as const)('says on %s that TAP devices need Linux', (platform) => {
    expect(() => loadAddon(platform)).toThrow(
      expect.objectContaining({
        code: 'TAP_NOT_SUPPORTED',
        message: expect.stringMatching(/need Linux.*this is/),
      }),
    );
  });

  it('says how to build the addon if it is missing', () => {
    expect(() => loadAddon('linux', '/nowhere/tap.node')).toThrow(
      expect.objectContaining({
        code: 'TAP_NOT_BUILT',
        message: expect.stringMatching(/npm run build/),
      }),
    );
  });

  it('says what to do about an addon that does not load', () => {
    const folder = mkdtempSync(join(tmpdir(), 'strata-tap-'));
    try {
      const path = join(folder, 'tap.node');
      writeFileSync(path, 'no shared object');
      expect(() => loadAddon('linux', path)).toThrow(
        expect.objectContaining({
          code: 'TAP_NOT_BUILT',
          message: expect.stringMatching(/remove it/),
        }),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('tapAvailable', () => {
  it('never throws, and gives a reason if the answer is no', () => {
    const answer = tapAvailable();
    if (!answer.available) expect(answer.reason).toMatch(/\w/);
    expect(typeof answer.available).toBe('boolean');
  });
});
