#!/usr/bin/env node
/**
 * node tools/with-nats.mjs COMMAND [ARGUMENT...]
 *
 * Runs the command with STRATA_NATS_SERVER set to the path of a nats-server. If there is none, it
 * gets one first (tools/nats/find-server.mjs), or exits 1 and says what to install. It starts no
 * server: tests start their own. It passes signals to the command, and exits with the command's
 * exit code.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { findServer, NoServerError } from './nats/find-server.mjs';

const places = {
  folders: ['/usr/local/sbin', '/usr/sbin', '/usr/local/bin'],
  cache: fileURLToPath(new URL('../node_modules/.cache/strata', import.meta.url)),
};
const say = (line) => console.error(`with-nats: ${line}`);

const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  say('usage: node tools/with-nats.mjs COMMAND [ARGUMENT...]');
  process.exitCode = 2;
} else {
  try {
    run(command, args, findServer(process.env, places, say));
  } catch (error) {
    if (!(error instanceof NoServerError)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}

function run(command, args, server) {
  // Installed before the command starts: a test may send a signal as soon as the command prints
  // something.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => child.kill(signal));
  const child = spawn(command, args, {
    stdio: 'inherit',
    env: { ...process.env, STRATA_NATS_SERVER: server },
  });
  child.on('error', (error) => {
    say(`${command}: ${error.message}`);
    process.exitCode = 127;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}
