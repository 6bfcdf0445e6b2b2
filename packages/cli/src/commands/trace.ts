import type { TraceLayer } from '@strata/service-console';
import { TRACE_LAYERS } from '@strata/service-console/names';
import type { Command } from 'commander';
import { integer, names, oneOf } from '../arguments.ts';
import { CliError } from '../failure.ts';
import { tell } from '../run.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';
import { createSource } from '../trace/create-source.ts';
import { formatLine } from '../trace/format-line.ts';
import { Output } from '../trace/output.ts';
import { PcapngBlocks } from '../trace/pcapng-blocks.ts';
import type { TraceSource } from '../trace/source.ts';
import { Countdown, runWatch } from '../trace/watch.ts';

interface TraceCommandOptions extends TargetOptions {
  readonly stack?: readonly string[];
  readonly layer?: readonly TraceLayer[];
  readonly credit?: boolean;
  readonly count?: number;
  readonly hex?: boolean;
  readonly json?: boolean;
  readonly pcapng?: string;
}

export function addTrace(program: Command): void {
  const command = program
    .command('trace')
    .description('print the PDUs that cross the boundaries, or capture frames, until Ctrl-C')
    .option('--stack <name>', 'only this stack; may be repeated', names)
    .option(
      '--layer <layer>',
      `only PDUs of this layer: ${TRACE_LAYERS.join(', ')}`,
      oneOf(TRACE_LAYERS),
    )
    .option('--credit', 'also show the credit PDUs between transport and application')
    .option('--count <n>', 'stop after this number of PDUs or frames', integer(1, 1e15))
    .option('--hex', 'also print the octets of each PDU')
    .option('--json', 'print one JSON object per line')
    .option(
      '--pcapng <file>',
      'write the frames of the first stack (or --stack) to a file; - for standard output',
    )
    .action(async (options: TraceCommandOptions) => {
      const { layer, credit, hex, json } = options;
      if (options.pcapng !== undefined && (layer || credit || hex || json)) {
        throw new CliError(
          '--pcapng writes whole frames: leave out --layer, --credit, --hex and --json',
        );
      }
      const source = await createSource(await targetOf(command), options.stack);
      if (options.pcapng === undefined) await printEvents(source, options);
      else await writeFrames(source, options.pcapng, options);
    });
  addTargetOptions(command);
}

async function printEvents(source: TraceSource, options: TraceCommandOptions): Promise<void> {
  const output = Output.standard();
  const counted = new Countdown(options.count);
  const { stack: stacks, layer: layers, hex = false } = options;
  let isCreditTold = options.credit === true;
  const watch = source.events(
    { stacks, layers, hex },
    {
      onEvent: (event) => {
        // Idle sockets send credit too, to probe whether the other side is still there.
        if (event.pdu === 'credit' && options.credit !== true) {
          if (!isCreditTold) tell('credit PDUs are left out: --credit shows them');
          isCreditTold = true;
          return;
        }
        if (!counted.take()) return;
        output.write(`${options.json ? JSON.stringify(event) : formatLine(event)}\n`);
      },
      onDropped: (dropped) => tell(`${dropped} PDUs are not shown: too many at once`),
    },
  );
  await runWatch(watch, counted, output);
}

async function writeFrames(
  source: TraceSource,
  file: string,
  options: TraceCommandOptions,
): Promise<void> {
  const output = file === '-' ? Output.standard() : await Output.file(file);
  const counted = new Countdown(options.count);
  const blocks = new PcapngBlocks();
  let frames = 0;
  const watch = source.frames(options.stack, (piece) => {
    for (const { block, isPacket } of blocks.push(piece)) {
      if (isPacket && !counted.take()) return;
      if (isPacket) frames += 1;
      output.write(block);
    }
  });
  await runWatch(watch, counted, output, () => {
    if (file !== '-') tell(`writing frames to ${file} until Ctrl-C`);
  });
  if (file !== '-') tell(`${frames} frames written to ${file}`);
}
