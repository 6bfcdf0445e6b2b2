import { IpError } from './ip-error.ts';
import { isBeginning, type Words } from './words.ts';

/** The options in front of the object. */
export interface IpOptions {
  readonly json: boolean;
  readonly pretty: boolean;
  readonly oneline: boolean;
  readonly brief: boolean;
  readonly details: boolean;
  /** How often -s was given. */
  readonly statistics: number;
  readonly color: boolean;
  /** -4: only what IPv4 has, without the interface's MAC address. */
  readonly inet: boolean;
}

type Flag = Exclude<keyof IpOptions, 'statistics' | 'inet'>;

/** In the order in which iproute2 takes abbreviations. */
const FLAGS: readonly (readonly [name: string, flag: Flag | 'statistics' | 'ignored'])[] = [
  ['stats', 'statistics'],
  ['statistics', 'statistics'],
  ['details', 'details'],
  ['oneline', 'oneline'],
  ['json', 'json'],
  ['pretty', 'pretty'],
  ['brief', 'brief'],
  // Numbers are shown as numbers, addresses are never resolved, and there is one network namespace.
  ['Numeric', 'ignored'],
  ['human-readable', 'ignored'],
  ['iec', 'ignored'],
];

/** Takes the options in front of the object. Throws IpError for an unknown one. */
export function takeOptions(words: Words): IpOptions {
  const options = {
    json: false,
    pretty: false,
    oneline: false,
    brief: false,
    details: false,
    statistics: 0,
    color: false,
    inet: false,
  };
  for (let word = words.peek(); word?.startsWith('-'); word = words.peek()) {
    words.next();
    const name = word.replace(/^--?/, '');
    if (name === '4') options.inet = true;
    else if (name === 'f' || isBeginning(name, 'family')) {
      takeFamily(words);
      options.inet = true;
    } else if (name === 'h') continue;
    else if (name === '6' || name === 'B' || name === 'M' || name === '0') refuseFamily(word);
    else if (name === 'br') options.brief = true;
    else if (/^c(o(l(or?)?)?)?(=(always|auto))?$/.test(name))
      options.color = !name.endsWith('auto');
    else if (name === 'color=never') options.color = false;
    else {
      const found = FLAGS.find(([whole]) => isBeginning(name, whole))?.[1];
      if (found === undefined) {
        throw new IpError(`Option "${word}" is unknown, try "ip -help".`, 255);
      }
      if (found === 'statistics') options.statistics += 1;
      else if (found !== 'ignored') options[found] = true;
    }
  }
  return options;
}

function takeFamily(words: Words): void {
  const family = words.next();
  if (family !== 'inet') refuseFamily(`-family ${family}`);
}

function refuseFamily(word: string): never {
  throw new IpError(`Option "${word}": a stack has IPv4 only.`, 255);
}
