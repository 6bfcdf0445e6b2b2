import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PAGE = fileURLToPath(new URL('../../../../docs/bytes.md', import.meta.url));
const [BEGIN, END] = ['<!-- counted -->\n', '<!-- /counted -->'];
const RENEW = 'STRATA_RENEW=1 npx jest way-of-bytes, in packages/cli';

/**
 * Requires that docs/bytes.md says, between its marks, what was counted. `STRATA_RENEW=1` writes it
 * there.
 */
export function expectOnPage(lines: readonly string[], hint: string): void {
  const page = readFileSync(PAGE, 'utf8');
  const from = page.indexOf(BEGIN) + BEGIN.length;
  const to = page.indexOf(END);
  if (from < BEGIN.length || to < from) throw new Error(`${PAGE} has no ${BEGIN.trim()} … ${END}`);
  const text = `${lines.join('\n')}\n`;
  if (process.env['STRATA_RENEW'] === '1') {
    writeFileSync(PAGE, page.slice(0, from) + text + page.slice(to));
    return;
  }
  const kept = page.slice(from, to);
  if (kept === text) return;
  const advice = `docs/bytes.md says otherwise. If the change is meant: ${RENEW}. ${hint}`;
  expect([advice, ...text.split('\n')]).toEqual([advice, ...kept.split('\n')]);
}
