import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { deserialize } from 'node:v8';
import {
  type Config,
  ConfigError,
  type ConfigErrorCode,
  type ConfigProblem,
} from '@strata/runtime';

const READER = fileURLToPath(new URL('../bin/read-config.js', import.meta.url));
const MAX_OCTETS = 64 * 1024 * 1024;

/** What the reader says. */
type Answer =
  | { readonly config: Config }
  | {
      readonly fault: {
        readonly code: ConfigErrorCode;
        readonly source: string;
        readonly problems: readonly ConfigProblem[];
      };
    };

/**
 * The config of `file`, as loadConfig() reads it, but read by a process of its own: what reads and
 * checks a config takes 15 MB, which a service would keep for as long as it runs. Rejects with
 * ConfigError.
 */
export async function readConfigApart(file: string | undefined): Promise<Config> {
  const options = { encoding: 'buffer', maxBuffer: MAX_OCTETS } as const;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [READER, ...(file === undefined ? [] : [file])],
    options,
  );
  const answer = deserialize(stdout) as Answer;
  if ('config' in answer) return answer.config;
  const { code, source, problems } = answer.fault;
  throw new ConfigError(code, source, problems);
}
