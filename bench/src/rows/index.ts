import { measureVersusLinux } from '../versus-linux.ts';
import { BULK_ROWS } from './bulk.ts';
import { CODEC_ROWS } from './codecs.ts';
import { FORWARDING_ROWS } from './forwarding.ts';
import { LABS } from './labs.ts';
import { MEMORY } from './memory.ts';
import { NATS_ROWS } from './nats.ts';
import { OUTCOMES } from './outcomes.ts';
import { PING_ROWS } from './ping.ts';
import { REQUEST_ROWS } from './requests.ts';
import type { Row } from './row.ts';

const LINUX: Row = {
  name: 'linux',
  title: 'goodput over an impaired wire, beside Linux to Linux',
  run: () => measureVersusLinux(),
};

/** All rows, in the order of the bench. */
export const ROWS: readonly Row[] = [
  ...BULK_ROWS,
  ...FORWARDING_ROWS,
  ...REQUEST_ROWS,
  ...NATS_ROWS,
  ...PING_ROWS,
  MEMORY,
  LABS,
  OUTCOMES,
  ...CODEC_ROWS,
  LINUX,
];
