import { Host } from '@strata/e2e';

/** What an HTTP server does for a client on the Linux host. */
export interface Figures {
  /** Megabytes (10^6 octets) a second from the server to the host. */
  readonly downloadMBps: number;
  /** From the host to the server, which hashes them. */
  readonly uploadMBps: number;
  /** Of the small page, with 64 connections. */
  readonly requestsPerSecond: number;
  /** Round trip of an ICMP echo, milliseconds, the average of 200. */
  readonly pingMs: number;
}

const DOWNLOAD_OCTETS = 1_000_000_000;
const UPLOAD_OCTETS = 300_000_000;
const SECONDS = 5;

/** Downloads, uploads, asks for pages and pings, one after the other. */
export async function measureHttp(netns: string, address: string): Promise<Figures> {
  const host = new Host(netns);
  const timed = async (line: string) => {
    const { stdout } = await host.shell(line, { timeoutMs: 120_000 });
    return Number(stdout.trim().split(' ').at(-1)) / 1e6;
  };
  // Once for the compiler to warm up.
  await timed(`curl -sS -o /dev/null -w '%{speed_download}' http://${address}/bytes/50000000`);
  const downloadMBps = await timed(
    `curl -sS -o /dev/null -w ' %{speed_download}' http://${address}/bytes/${DOWNLOAD_OCTETS}`,
  );
  const uploadMBps = await timed(
    `head -c ${UPLOAD_OCTETS} /dev/zero | curl -sS -o /dev/null -w ' %{speed_upload}' -H Expect: -T - -X POST http://${address}/sha256`,
  );
  const wrk = await host.run('wrk', [
    '-t1',
    '-c64',
    `-d${SECONDS}s`,
    `http://${address}/bytes/100`,
  ]);
  const requestsPerSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(wrk.stdout)?.[1] ?? 0);
  const ping = await host.run('ping', ['-q', '-c', '200', '-i', '0.002', address]);
  const pingMs = Number(/= [\d.]+\/([\d.]+)\//.exec(ping.stdout)?.[1] ?? 0);
  return { downloadMBps, uploadMBps, requestsPerSecond, pingMs };
}
