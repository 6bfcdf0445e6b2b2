import type { Host } from './host.ts';
import { SERVER } from './stacks.ts';

/** Options of a transfer. */
export interface TransferOptions {
  /** Default 110 s. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 110_000;

/**
 * Fetches a file of the server's folder with `curl`. Returns the SHA-256 of the received file.
 * Throws if the exit code is not 0.
 */
export async function download(
  host: Host,
  file: string,
  { timeoutMs = TIMEOUT_MS }: TransferOptions = {},
): Promise<string> {
  const line = `curl -sS --fail http://${SERVER}/files/${file} | sha256sum`;
  return firstWord((await host.shell(line, { timeoutMs })).stdout);
}

/**
 * Sends a file to the server with `curl`. Returns the SHA-256 that the server reports. Throws if
 * the exit code is not 0.
 */
export async function upload(
  host: Host,
  path: string,
  { timeoutMs = TIMEOUT_MS }: TransferOptions = {},
): Promise<string> {
  const line = `curl -sS --fail -H Expect: -T ${path} -X POST http://${SERVER}/sha256`;
  return firstWord((await host.shell(line, { timeoutMs })).stdout);
}

function firstWord(text: string): string {
  return text.trim().split(/\s/)[0] ?? '';
}
