import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { REASON_TABLES, type ReasonRow } from '@strata/wire';

const FILE = fileURLToPath(new URL('../../../docs/outcomes.md', import.meta.url));
const RENEW = 'npm run outcome-doc -w @strata/contract';

const HEAD = `# What a core did, and why

Each core (link, network, transport) tells what it does with each input, and what it does without
one: \`observe(true)\`, then \`pollOutcome()\` until it gives \`undefined\`, with the other polls. Off by
default, and then it costs nothing that can be measured ([measurements](measurements.md)). A running
layer has \`observeOutcomes()\` ([start-layer.ts](../packages/runtime/src/service/start-layer.ts)).
Nothing asks for it yet but tests.

An outcome ([outcome.ts](../packages/wire/src/outcomes/outcome.ts)) has

- the layer, and the time;
- a verdict: delivered, dropped, queued, answered, emitted, retransmitted, timer, state change;
- one reason of those below, the same names in the contract
  ([outcome.proto](../proto/strata/v1/outcome.proto));
- the PDU: what came, or what was sent;
- the cause: the frame, indication, request, timer or command at work, with a running number. What
  is sent at a poll has the last input of its connection as its cause.

Reasons have Linux's names where Linux has one (\`skb_drop_reason\`, \`sk_rst_reason\`), without their
prefixes; ours begin with \`strata/\`. There is no reason "unknown". Counters are those of
\`nstat\` and \`ip -s link\`. A drop is counted and told by one call, so the two cannot differ; a test
([outcome-sites.test.ts](../packages/contract/test/outcome-sites.test.ts)) refuses a drop that is counted by hand.

The states of a connection are one table beside figure 5 of RFC 9293, and one function changes them
([transitions.ts](../packages/transport/src/tcp/transitions.ts) \`changeState()\`); another one,
\`changeCaState()\`, those of loss recovery.

Made from the tables in the code ([outcomes](../packages/wire/src/outcomes)) by
\`${RENEW}\`; a test fails where it is not theirs.
`;

function page(): string {
  const parts = Object.entries(REASON_TABLES).map(([title, table]) => {
    const rows = Object.entries(table).map(([reason, row]) => formatRow(reason, row));
    const heading = `## ${title[0]!.toUpperCase()}${title.slice(1)}`;
    const columns = '| Reason | Counters | Meaning | See |\n|---|---|---|---|';
    return `${heading}\n\n${columns}\n${rows.join('\n')}\n`;
  });
  return [HEAD, ...parts].join('\n');
}

function formatRow(reason: string, { counters, means, see }: ReasonRow): string {
  const counted = counters.map((name) => `\`${name}\``).join(', ') || 'none';
  return `| \`${reason}\` | ${counted} | ${means} | ${see ?? ''} |`;
}

describe('docs/outcomes.md', () => {
  it('agrees with the tables', () => {
    if (process.env['RENEW_OUTCOME_DOC'] === '1') writeFileSync(FILE, page());
    const advice = `docs/outcomes.md does not agree with the tables. Renew it: ${RENEW}`;
    expect([readFileSync(FILE, 'utf8') === page(), advice]).toEqual([true, advice]);
  });
});
