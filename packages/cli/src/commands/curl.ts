import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { STRATA_VERSION } from '@strata/runtime/names';
import type { CurlOptions } from '@strata/tools';
import { type Command, InvalidArgumentError } from 'commander';
import { integer } from '../arguments.ts';
import { type DataPart, joinData } from '../curl/data.ts';
import { type CurlRun, type CurlTransfer, transfer } from '../curl/transfer.ts';
import { CliError } from '../failure.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';
import { withSignals } from '../tools/with-signals.ts';

interface CurlCommandOptions extends TargetOptions {
  readonly stack?: string;
  readonly silent?: boolean;
  readonly showError?: boolean;
  readonly verbose?: boolean;
  readonly include?: boolean;
  readonly head?: boolean;
  readonly request?: string;
  readonly uploadFile?: string;
  readonly header?: readonly [string, string][];
  readonly location?: boolean;
  readonly maxRedirs?: number;
  readonly range?: string;
  readonly resolve?: CurlOptions['resolve'];
  readonly writeOut?: string;
  readonly limitRate?: number;
  readonly maxTime?: number;
  readonly connectTimeout?: number;
  readonly fail?: boolean;
  readonly user?: string;
  readonly userAgent: string;
  readonly referer?: string;
  readonly insecure?: boolean;
  readonly cacert?: string;
  readonly interface?: string;
  readonly get?: boolean;
}

const EXAMPLES = `
Examples:
  strata curl http://192.0.2.2/                                        a page
  strata curl -o /dev/null -w '%{speed_download}\\n' http://192.0.2.2/bytes/100000000
  strata curl -v -d hello http://192.0.2.2/echo                        POST, with what is said on the way
  strata curl -T README.md -X POST http://192.0.2.2/sha256             upload a file
  strata curl -sS -m 2 http://192.0.2.9/                               give up after 2 s, with status 28
  strata curl -s -o /dev/null -w '%{json}' http://192.0.2.2/ | jq      all figures

The exit status is curl's: 6 no such host, 7 no connection, 22 -f and a status of 400 or more,
28 too late, 52 no answer, 56 the connection broke.`;

export function addCurl(program: Command): void {
  const outputs: (string | true)[] = [];
  const data: DataPart[] = [];
  const part = (kind: DataPart['kind']) => (text: string) => {
    data.push({ kind, text });
    return data;
  };
  const command = program
    .command('curl')
    .description('fetch URLs over connections of a stack, as curl does')
    .argument('<url...>', 'http: or https:')
    .option('--stack <name>', 'the stack (default: client, else the first)')
    .option('-o, --output <file>', 'write the body to this file; one for each URL', (file) => {
      outputs.push(file);
      return outputs;
    })
    .option('-O, --remote-name', "write the body to a file with the URL's name", () => {
      outputs.push(true);
      return outputs;
    })
    .option('-s, --silent', 'no progress and no errors')
    .option('-S, --show-error', 'with -s: errors all the same')
    .option('-v, --verbose', 'say what happens: * notes, > the request, < the response')
    .option('-i, --include', "write the response's header too")
    .option('-I, --head', 'ask for the header alone')
    .option('-X, --request <method>', 'the method (default: GET; POST with -d, PUT with -T)')
    .option(
      '-d, --data <data>',
      'the body, as a form; @FILE reads a file, @- the input',
      part('data'),
    )
    .option('--data-binary <data>', 'as -d, and keeps line ends of files', part('binary'))
    .option('--data-raw <data>', 'as -d, without a meaning of @', part('raw'))
    .option('-G, --get', 'put the data behind the ? of the URL')
    .option('-T, --upload-file <file>', 'the body: a file, or - for standard input')
    .option('-H, --header <line>', 'a field: "Name: value"; "Name:" leaves it out', header)
    .option('-L, --location', 'follow redirects')
    .option('--max-redirs <n>', 'with -L: at most this many (default: 50)', integer(0, 1000))
    .option('-r, --range <range>', 'only these octets: 0-499')
    .option('--resolve <host:port:address>', 'the address of a name; may be repeated', resolve)
    .option('-w, --write-out <format>', "print figures at the end: '%{http_code} %{time_total}\\n'")
    .option('--limit-rate <rate>', 'octets per second, at most: 100k, 2M', rate)
    .option('-m, --max-time <seconds>', 'give up after this time', seconds)
    .option('--connect-timeout <seconds>', 'give up connecting after this time', seconds)
    .option('-f, --fail', 'fail with status 22 if the response has a status of 400 or more')
    .option('-u, --user <name:password>', 'credentials for Basic authentication')
    .option('-A, --user-agent <text>', 'the field User-Agent', `strata-curl/${STRATA_VERSION}`)
    .option('-e, --referer <url>', 'the field Referer')
    .option('-k, --insecure', 'take any certificate')
    .option('--cacert <file>', 'trust these certificates (PEM)')
    .option('--interface <address>', 'an address of the stack to connect from')
    .addHelpText('after', EXAMPLES)
    .action((urls, options, self) => runCurl(urls, outputs, data, options, self));
  addTargetOptions(command);
}

function header(line: string, before: readonly [string, string][] = []): [string, string][] {
  const [, name = '', value = ''] = /^([^:;\s]+)[:;]\s*(.*)$/.exec(line) ?? [];
  if (name !== '') return [...before, [name, value]];
  throw new InvalidArgumentError('It should look like "Name: value".');
}

function resolve(
  text: string,
  before: NonNullable<CurlOptions['resolve']> = [],
): CurlOptions['resolve'] {
  const [, host, port, address] = /^([^:]+):(\d{1,5}):([\d.]+)$/.exec(text) ?? [];
  if (host !== undefined) return [...before, [host, Number(port), address!]];
  throw new InvalidArgumentError('It should look like www.example:80:192.0.2.2.');
}

function rate(text: string): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([kKmMgGbB]?)$/.exec(text) ?? [];
  const factor = 1024 ** Math.max(0, 'bkmg'.indexOf(unit.toLowerCase() || 'b'));
  const value = Number(digits) * factor;
  if (value >= 1) return value;
  throw new InvalidArgumentError('It should be octets per second, as 100k or 2M.');
}

/** 0: no limit. */
function seconds(text: string): number | undefined {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= 86_400) return value === 0 ? undefined : value;
  throw new InvalidArgumentError('It should be a number of seconds from 0 to 86400.');
}

async function runCurl(
  urls: readonly string[],
  outputs: readonly (string | true)[],
  data: readonly DataPart[],
  options: CurlCommandOptions,
  command: Command,
): Promise<void> {
  const { uploadFile, get = false, head } = options;
  if (uploadFile !== undefined && data.length > 0) {
    command.error('error: -d and -T both give the body: leave one of them out');
  }
  if (head && data.length > 0 && !get) {
    command.error('error: -I asks for a header alone: leave out -d, or add -G');
  }
  const joined = data.length > 0 ? await joinData(data, () => buffer(process.stdin)) : undefined;
  const body = uploadFile !== undefined ? { file: uploadFile } : get ? undefined : joined;
  const target = await targetOf(command);
  process.exitCode = await withSignals(async (signal) => {
    const run: CurlRun = {
      target,
      stack: options.stack,
      options: toOptions(options, body !== undefined, joined !== undefined && !get),
      verbose: options.verbose ?? false,
      silent: options.silent ?? false,
      showError: options.showError ?? false,
      writeOut: options.writeOut,
      signal,
    };
    let status = 0;
    for (const [index, given] of urls.entries()) {
      if (signal.aborted) break;
      const url = get && joined !== undefined ? withQuery(given, joined.toString()) : given;
      const output = outputs[index];
      const file = output === true ? remoteName(url) : output;
      const wanted: CurlTransfer = { url, output: file, body };
      // As curl: the status of the last transfer.
      status = await transfer(run, wanted);
    }
    return status;
  });
}

function toOptions(
  options: CurlCommandOptions,
  hasBody: boolean,
  isForm: boolean,
): Omit<CurlOptions, 'url'> {
  const { head = false, location = false, maxRedirs = 50 } = options;
  const usual = head ? 'HEAD' : isForm ? 'POST' : hasBody ? 'PUT' : 'GET';
  return {
    method: options.request ?? usual,
    headers: headersOf(options, isForm),
    include: head || options.include === true,
    redirects: location ? maxRedirs : 0,
    fail: options.fail,
    resolve: options.resolve,
    limitRate: options.limitRate,
    maxTimeSeconds: options.maxTime,
    connectTimeoutSeconds: options.connectTimeout,
    insecure: options.insecure,
    authorities: options.cacert === undefined ? undefined : readPem(options.cacert),
    localAddress: options.interface,
  };
}

/** The fields, in curl's order. A given one takes the place of ours; one without a value goes. */
function headersOf(options: CurlCommandOptions, isForm: boolean): [string, string][] {
  const given = options.header ?? [];
  const { user, userAgent, range, referer } = options;
  const basic = user === undefined ? '' : `Basic ${Buffer.from(user).toString('base64')}`;
  const ours: [string, string][] = [
    ['Authorization', basic],
    ['User-Agent', userAgent],
    ['Accept', '*/*'],
    ['Range', range === undefined ? '' : `bytes=${range}`],
    ['Referer', referer ?? ''],
    ['Content-Type', isForm ? 'application/x-www-form-urlencoded' : ''],
  ];
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const all = [...ours.filter(([name]) => !names.has(name.toLowerCase())), ...given];
  return all.filter(([, value]) => value !== '');
}

function withQuery(url: string, query: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}${query}`;
}

function remoteName(url: string): string {
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/[?#].*$/s, '');
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name !== '' && path.includes('/')) return name;
  throw new CliError(`-O: ${url} ends in no name: give one with -o`);
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}
