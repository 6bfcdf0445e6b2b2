/**
 * read-config.js [FILE]: reads a config, and writes it to standard output in the format of
 * v8.serialize(): `{ config }`, or `{ fault: { code, problems, source } }` where it is wrong.
 */
import { serialize } from 'node:v8';
import { ConfigError } from '@strata/runtime';
import { loadConfig } from '@strata/runtime/config';

function read(file) {
  try {
    return { config: loadConfig(file) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { code, source, problems } = error;
    return { fault: { code, source, problems } };
  }
}

process.stdout.write(serialize(read(process.argv[2])));
