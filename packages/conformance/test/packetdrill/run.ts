import { runScript, type ScriptResult } from '../../src/packetdrill/index.ts';

/** Runs a script that is written out in a test, with files beside it. */
export function run(source: string, files: Readonly<Record<string, string>> = {}): ScriptResult {
  return runScript('test.pkt', source, { readText: (path) => files[path] });
}

/** The lines of a connection that a peer opened to the listener, as file 4: 9 lines. */
export const ESTABLISHED = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>
+.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
`;

/** The line behind {@link ESTABLISHED}. */
export const NEXT = 8;
