import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import type { CurlEvent, CurlFigures, CurlOptions, ToolEvent } from '@strata/tools';
import { CliError } from '../failure.ts';
import { print } from '../run.ts';
import type { Target } from '../target.ts';
import { releaseInput, runToolAt } from '../tools/run-tool.ts';
import { Progress } from './progress.ts';
import { Sink } from './sink.ts';
import { writeOut } from './write-out.ts';

/** What all transfers of a command share. */
export interface CurlRun {
  readonly target: Target;
  readonly stack: string | undefined;
  readonly options: Omit<CurlOptions, 'url'>;
  readonly verbose: boolean;
  readonly silent: boolean;
  readonly showError: boolean;
  readonly writeOut: string | undefined;
  readonly signal: AbortSignal;
}

/** One URL: what goes up, and where the answer goes. */
export interface CurlTransfer {
  readonly url: string;
  readonly output: string | undefined;
  readonly body: Buffer | { readonly file: string } | undefined;
}

/** curl's exit status for a body that could not be written. */
const WRITE_ERROR = 23;

/** Runs one transfer. Resolves to curl's exit status. */
export async function transfer(run: CurlRun, wanted: CurlTransfer): Promise<number> {
  const { stdin, options } = uploadOf(run, wanted);
  const sink = new Sink(wanted.output);
  const showsProgress = !run.silent && (sink.file !== undefined || !process.stdout.isTTY);
  const progress = new Progress(showsProgress, () => sink.octets);
  let figures: CurlFigures | undefined;
  const event = async (record: ToolEvent) => {
    const told = record as CurlEvent;
    if (told.kind === 'done') figures = told.figures;
    if (told.kind === 'response' && told.octets !== null) progress.total = told.octets;
    if (run.verbose) tellVerbose(told);
  };
  const io = { stdin, stdout: sink.stream, event, signal: run.signal };
  let status = await runToolAt(run.target, { tool: 'curl', stack: run.stack, options }, io);
  await sink.finish(status === 0);
  progress.end();
  releaseInput(stdin);
  let message = figures?.errormsg ?? '';
  if (sink.fault !== undefined) {
    status = WRITE_ERROR;
    message = sink.fault;
  }
  if (message !== '' && !run.signal.aborted && (!run.silent || run.showError)) {
    process.stderr.write(`curl: (${status}) ${message}\n`);
  }
  if (run.writeOut !== undefined && figures !== undefined) {
    await print(writeOut(run.writeOut, { ...figures, exitcode: status }, sink.file));
  }
  return status;
}

function uploadOf(
  { options }: CurlRun,
  { url, body }: CurlTransfer,
): { readonly stdin: Readable; readonly options: CurlOptions } {
  if (body === undefined) return { stdin: Readable.from([]), options: { ...options, url } };
  if (Buffer.isBuffer(body)) {
    const upload = { ...withLength(options, body.byteLength), url };
    return { stdin: Readable.from([body]), options: upload };
  }
  if (body.file === '-') {
    const headers: CurlOptions['headers'] = [...options.headers, ['Transfer-Encoding', 'chunked']];
    return { stdin: process.stdin, options: { ...options, url, headers, upload: true } };
  }
  const octets = sizeOf(body.file);
  const named = url.endsWith('/') ? `${url}${encodeURIComponent(basename(body.file))}` : url;
  const upload = { ...withLength(options, octets), url: named };
  return { stdin: createReadStream(body.file), options: upload };
}

function withLength(options: CurlRun['options'], octets: number): CurlRun['options'] {
  const headers: CurlOptions['headers'] = [...options.headers, ['Content-Length', String(octets)]];
  return { ...options, headers, upload: true, uploadOctets: octets };
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch (error) {
    throw new CliError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** The lines of curl -v. */
function tellVerbose(event: CurlEvent): void {
  const put = (mark: string, lines: readonly string[]) => {
    process.stderr.write(lines.map((line) => `${mark} ${line}\n`).join(''));
  };
  switch (event.kind) {
    case 'note':
      return put('*', [event.text]);
    case 'request':
      return put('>', event.lines);
    case 'response':
      return put('<', event.lines);
    case 'done':
      return;
  }
}
