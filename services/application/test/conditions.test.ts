import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Pair, startPair } from './pair.ts';
import { ask } from './request.ts';

const folder = mkdtempSync(join(tmpdir(), 'strata-conditions-'));
const MODIFIED = new Date('2024-02-03T04:05:06.700Z');
const AT = 'Sat, 03 Feb 2024 04:05:06 GMT';
const BEFORE = 'Sat, 03 Feb 2024 04:05:05 GMT';
let pair: Pair;
let etag: string;

beforeAll(async () => {
  writeFileSync(join(folder, 'file'), '0123456789');
  utimesSync(join(folder, 'file'), MODIFIED, MODIFIED);
  pair = await startPair({ files: folder });
  etag = (await ask(pair, '/files/file')).headers.etag!;
});

afterAll(async () => {
  await pair.stop();
  rmSync(folder, { recursive: true });
});

const answer = (method: string, headers: Readonly<Record<string, string>>) =>
  ask(pair, '/files/file', { method, headers });

describe('HEAD', () => {
  it.each(['bytes=0-4', 'bytes=10-14'])(
    'ignores the range %s: 14.2 defines Range for GET alone (RFC 9110)',
    async (range) => {
      const { status, headers } = await answer('HEAD', { range });
      expect(status).toBe(200);
      expect(headers['content-length']).toBe('10');
      expect(headers['content-range']).toBeUndefined();
    },
  );

  it('ignores the range whatever If-Range says', async () => {
    const headers = { range: 'bytes=0-4', 'if-range': etag };
    expect((await answer('GET', headers)).status).toBe(206);
    expect((await answer('HEAD', headers)).status).toBe(200);
  });
});

describe.each(['GET', 'HEAD'])('The conditions of %s (RFC 9110 13.2.2)', (method) => {
  // ETAG stands for the entity tag of the file.
  it.each([
    [304, 'If-None-Match with the tag', { 'if-none-match': 'ETAG' }],
    [304, 'If-None-Match with the tag as a weak one', { 'if-none-match': 'W/ETAG' }],
    [304, 'If-None-Match with the tag behind one with commas', { 'if-none-match': '"a,b", ETAG' }],
    [304, 'If-None-Match *', { 'if-none-match': '*' }],
    [200, 'If-None-Match with another tag', { 'if-none-match': '"other"' }],
    [304, 'If-Modified-Since at the time', { 'if-modified-since': AT }],
    [200, 'If-Modified-Since before', { 'if-modified-since': BEFORE }],
    [200, 'If-Modified-Since without a date', { 'if-modified-since': 'soon' }],
    [
      200,
      'If-None-Match where If-Modified-Since would say 304 (13.1.3)',
      { 'if-none-match': '"other"', 'if-modified-since': AT },
    ],
    [200, 'If-Match with the tag', { 'if-match': '"a,b", ETAG' }],
    [200, 'If-Match *', { 'if-match': '*' }],
    [412, 'If-Match with another tag (13.1.1, MUST)', { 'if-match': '"other"' }],
    [412, 'If-Match with a weak tag (13.1.1)', { 'if-match': 'W/ETAG' }],
    [412, 'If-Unmodified-Since before (13.1.4, MUST)', { 'if-unmodified-since': BEFORE }],
    [200, 'If-Unmodified-Since at the time', { 'if-unmodified-since': AT }],
    [200, 'If-Unmodified-Since without a date', { 'if-unmodified-since': 'soon' }],
    [
      200,
      'If-Match where If-Unmodified-Since would say 412 (13.1.4)',
      { 'if-match': '*', 'if-unmodified-since': BEFORE },
    ],
    [412, 'If-Match before If-None-Match', { 'if-match': '"other"', 'if-none-match': 'ETAG' }],
  ])('%i: %s', async (status, _, conditions) => {
    const headers = Object.fromEntries(
      Object.entries(conditions).map(([name, value]) => [name, value.replace('ETAG', etag)]),
    );
    const got = await answer(method, headers);
    expect(got.status).toBe(status);
    if (method === 'HEAD' || status === 304) expect(got.body.byteLength).toBe(0);
  });
});

describe('If-Range (RFC 9110 13.1.5)', () => {
  it.each([
    [206, 'the tag', 'ETAG'],
    [200, 'a weak tag', 'W/ETAG'],
    [200, 'another tag', '"other"'],
    [206, 'the time', AT],
    [200, 'another time', BEFORE],
  ])('%i with %s', async (status, _, value) => {
    const headers = { range: 'bytes=0-4', 'if-range': value.replace('ETAG', etag) };
    expect((await answer('GET', headers)).status).toBe(status);
  });

  it('is evaluated after the other conditions (13.2.2)', async () => {
    const headers = { range: 'bytes=0-4', 'if-none-match': etag };
    expect((await answer('GET', headers)).status).toBe(304);
    expect((await answer('GET', { range: 'bytes=0-4', 'if-match': '"other"' })).status).toBe(412);
  });
});
