/**
 * Reads a README's example: its only ```ts block, and after that the ```text block with the
 * example's output.
 */

const FENCE = /^```(\w*)\n(.*?)^```$/gms;

/**
 * Finds the example of a README.
 *
 * @param {string} text  the README
 * @returns {{ code: string, prints: string }}
 * @throws {Error} if there is not exactly one `ts` block with a `text` block after it
 */
export function readExample(text) {
  const blocks = [...text.matchAll(FENCE)].map(([, language, body]) => ({ language, body }));
  const examples = blocks.flatMap(({ language }, at) => (language === 'ts' ? [at] : []));
  if (examples.length !== 1) throw new Error(`has ${examples.length} \`ts\` blocks, expected one`);
  const [at] = examples;
  const output = blocks[at + 1];
  if (output?.language !== 'text') throw new Error('has no `text` block after its `ts` block');
  return { code: blocks[at].body, prints: output.body };
}
