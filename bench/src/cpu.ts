import { readFileSync } from 'node:fs';

/** Of /proc/PID/stat: Linux's USER_HZ. */
const TICK_MS = 10;

/** CPU time that a process has used, in user mode and in the kernel. Resolution: 10 ms. */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  // utime and stime are the fields 14 and 15; the first two are cut off.
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
