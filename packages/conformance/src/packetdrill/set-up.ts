import { type Knob, TRANSPORT_KNOBS, type TransportSysctl } from '@strata/transport';
import { shellCommands } from './language/shell.ts';

/** A line of set-up that has no effect here, and the reason. */
export interface Note {
  readonly line: number;
  readonly text: string;
}

/** Sysctls of Linux's socket layer. Here the runner has its own socket layer. */
export interface SocketKnobs {
  /** Unsent octets at which a socket accepts no more data. */
  tcp_notsent_lowat: number;
}

/** The sysctls that a set-up may change. */
export interface Knobs {
  readonly sysctl: TransportSysctl;
  readonly sockets: SocketKnobs;
}

/**
 * Returns a file's text by its path. Undefined if there is no such file. Relative paths start at
 * the script's folder.
 */
export type ReadText = (path: string) => string | undefined;

/**
 * Commands without an effect here: there are no metrics cached between connections, and no queueing
 * discipline.
 */
const WITHOUT_EFFECT = [/^ip tcp_metrics flush/, /^tc qdisc .*\bpfifo\b/, /^nstat\b/, /^true$/];
const SEGMENTATION_OFF = /^ethtool -K \S+( (gso|tso) off)+$/;
/** The packet scheduler fq, which turns pacing on. */
const PACES = /^tc qdisc (add|replace) dev \S+ root fq$/;
const RESTORES = /sysctl_restore/;
const DEPTH = 4;

/**
 * Applies a script's shell commands to the stack. `sysctl`, `set_sysctls.py` and shell files named
 * by the commands are read, not run. Returns the commands that had no effect.
 */
export function runSetUp(text: string, line: number, knobs: Knobs, readText: ReadText): Note[] {
  return new SetUp(knobs, readText).run(text, (at) => line + at, DEPTH);
}

class SetUp {
  readonly #knobs: Knobs;
  readonly #readText: ReadText;

  constructor(knobs: Knobs, readText: ReadText) {
    this.#knobs = knobs;
    this.#readText = readText;
  }

  run(text: string, lineOf: (at: number) => number, depth: number): Note[] {
    return shellCommands(text).flatMap(({ words, line }) =>
      this.#command(words, lineOf(line), depth),
    );
  }

  #command(words: readonly string[], line: number, depth: number): Note[] {
    const name = words[0]!.split('/').at(-1)!;
    const settings = words.slice(1).filter((word) => !word.startsWith('-'));
    if (name === 'sysctl' || name === 'set_sysctls.py') {
      return settings.flatMap((setting) => this.#set(setting, line));
    }
    if (RESTORES.test(name)) return [];
    if (name.endsWith('.sh')) return this.#file(words[0]!, line, depth);
    const whole = words.join(' ');
    if (PACES.test(whole)) {
      this.#knobs.sysctl.tcp_pacing = 1;
      return [];
    }
    const isNothing = SEGMENTATION_OFF.test(whole) || WITHOUT_EFFECT.some((one) => one.test(whole));
    return isNothing ? [] : [{ line, text: `command ${whole}` }];
  }

  #file(path: string, line: number, depth: number): Note[] {
    const text = depth === 0 ? undefined : this.#readText(path);
    if (text === undefined) return [{ line, text: `file ${path} (not there)` }];
    return this.run(text, () => line, depth - 1);
  }

  /** `net.ipv4.tcp_sack=1` or `/proc/sys/net/ipv4/tcp_sack=1` */
  #set(setting: string, line: number): Note[] {
    const at = setting.indexOf('=');
    const full = setting
      .slice(0, at)
      .replace(/^\/proc\/sys\//, '')
      .replaceAll('/', '.');
    const text = setting.slice(at + 1);
    if (full === 'net.ipv4.tcp_notsent_lowat') {
      this.#knobs.sockets.tcp_notsent_lowat = Number(text);
      return [];
    }
    const name = full.split('.').at(-1) as keyof TransportSysctl;
    const knob = TRANSPORT_KNOBS[name];
    if (at < 0 || knob === undefined || knob.prefix + name !== full) {
      return [{ line, text: `sysctl ${full}` }];
    }
    const value = readValue(text, knob);
    if (value === undefined) return [{ line, text: `sysctl ${full}=${text} (bad value)` }];
    Object.assign(this.#knobs.sysctl, { [name]: value });
    return [];
  }
}

/** Parses a knob's value. Undefined if the stack would refuse it. */
function readValue(text: string, knob: Knob): string | number | number[] | undefined {
  const { initial, least, most, choices } = knob;
  if (typeof initial === 'string') return choices?.find((name) => name === text.trim());
  const numbers = text.trim().split(/\s+/).map(Number);
  const count = Array.isArray(initial) ? initial.length : 1;
  const fits = numbers.every((one) => Number.isInteger(one) && one >= least && one <= most);
  if (numbers.length !== count || !fits) return undefined;
  return Array.isArray(initial) ? numbers : numbers[0];
}
