import type { ScriptResult } from './run-script.ts';

/** Number of scripts by verdict. */
export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly unsupported: number;
}

export function summarize(results: readonly ScriptResult[]): Summary {
  const count = (verdict: ScriptResult['verdict']) =>
    results.filter((result) => result.verdict === verdict).length;
  return {
    passed: count('passed'),
    failed: count('failed'),
    unsupported: count('unsupported'),
  };
}

/** A script's line. For a script that did not pass, more lines say where and why. */
export function resultLines(result: ScriptResult): string[] {
  const { file, verdict, line, message, expected, actual } = result;
  const lines = [`${verdict.padEnd(11)} ${file}`];
  if (verdict === 'passed') return lines;
  lines.push(`  ${file}:${line ?? 1}: ${message ?? ''}`);
  if (expected !== undefined) lines.push(`    expected: ${expected}`);
  if (actual !== undefined) lines.push(`    actual:   ${actual}`);
  return lines;
}

/** `12 passed, 3 failed`, and the number of unsupported scripts if there are any. */
export function summaryLine({ passed, failed, unsupported }: Summary): string {
  const more = unsupported === 0 ? '' : `, ${unsupported} unsupported`;
  return `${passed} passed, ${failed} failed${more}`;
}

/**
 * Set-up commands of the scripts that had no effect: each once, with the first script that has it.
 */
export function noteLines(results: readonly ScriptResult[]): string[] {
  const seen = new Map<string, { first: string; scripts: Set<string> }>();
  for (const { file, notes } of results) {
    for (const { line, text } of notes) {
      const entry = seen.get(text) ?? { first: `${file}:${line}`, scripts: new Set() };
      entry.scripts.add(file);
      seen.set(text, entry);
    }
  }
  return [...seen].map(([text, { first, scripts }]) => {
    const more = scripts.size === 1 ? '' : ` and ${scripts.size - 1} more`;
    return `unsupported: ${text} (${first}${more})`;
  });
}
