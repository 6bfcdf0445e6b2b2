import { accessSync, constants } from 'node:fs';
import { run } from './command.ts';

const COMMANDS = [
  'ip',
  'ping',
  'arping',
  'curl',
  'nc',
  'ss',
  'tcpdump',
  'traceroute',
  'python3',
  'tshark',
  'nats-server',
  'sha256sum',
  'cc',
];

/** Fails and names what is missing, so that these tests never pass without running. */
// biome-ignore lint/style/noDefaultExport: jest wants its global setup as the default export
export default async function requirePeers(): Promise<void> {
  const missing: string[] = [];
  if (process.getuid?.() !== 0) missing.push('root (run as root, or with sudo)');
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
  } catch {
    missing.push('/dev/net/tun');
  }
  for (const command of COMMANDS) {
    const found = await run('sh', ['-c', `command -v ${command}`], { check: false });
    if (found.code !== 0) missing.push(`the command ${command}`);
  }
  if (missing.length > 0) {
    throw new Error(`the end-to-end tests need: ${missing.join(', ')}. .ci/run installs it all.`);
  }
}
