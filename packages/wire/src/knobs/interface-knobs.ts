/**
 * Knobs that each interface has, as Linux's `net.ipv4.conf` and `net.ipv4.neigh` have them. A knob
 * has a value for each scope: `all`, `default`, and each interface by its name.
 *
 * The names of values are `conf.all.arp_accept`, `neigh.eth0.locktime` and so on: the name in Linux
 * without `net.ipv4.`. A change computes the values in force of each interface again, so that a
 * packet costs one property read.
 */

/**
 * How the value in force follows from the values of `all` and of the interface.
 *
 * - `and`, `or`: both must be on; one must be on (IN_DEV_ANDCONF, IN_DEV_ORCONF). 0 is off.
 * - `max`: the larger one (IN_DEV_MAXCONF).
 * - `interface`: that of the interface (IN_DEV_CONF_GET).
 * - `router`: `and` where the interface forwards (the knob `forwarding`), else `or`
 *   (IN_DEV_RX_REDIRECTS).
 */
export type Combination = 'and' | 'or' | 'max' | 'interface' | 'router';

/** A row of a table of knobs. */
export interface InterfaceKnob {
  /** The value of `default`, and so of an interface that is added. */
  readonly initial: number;
  /** The value of `all`. Absent: `initial`. */
  readonly initialAll?: number;
  readonly least: number;
  readonly most: number;
  readonly combine: Combination;
  /** True: a value that is written to `all` is also written to `default` and every interface. */
  readonly spreads?: boolean;
}

export type InterfaceKnobRows<Key extends string> = Readonly<Record<Key, InterfaceKnob>>;

/** `conf` has the scope `all`, `neigh` does not. */
export type KnobGroup = 'conf' | 'neigh';

/** The values of one scope, by key. */
export type KnobValues<Key extends string> = Readonly<Record<Key, number>>;

/** The name of a value: `conf.all.arp_accept`. */
export type InterfaceKnobName<
  Group extends KnobGroup,
  Key extends string,
> = `${Group}.${string}.${Key}`;

interface InterfaceScope<Key extends string> {
  readonly name: string;
  readonly own: Record<Key, number>;
  readonly inForce: Record<Key, number>;
}

/** All values of a group of knobs. */
export interface InterfaceKnobs<Group extends KnobGroup, Key extends string> {
  readonly group: Group;
  readonly rows: InterfaceKnobRows<Key>;
  readonly all: Record<Key, number>;
  readonly default: Record<Key, number>;
  readonly interfaces: Map<number, InterfaceScope<Key>>;
}

/** A group of knobs with the initial values of its rows, and no interface. */
export function createInterfaceKnobs<Group extends KnobGroup, Key extends string>(
  group: Group,
  rows: InterfaceKnobRows<Key>,
): InterfaceKnobs<Group, Key> {
  const valuesOf = (value: (row: InterfaceKnob) => number) => {
    const entries = Object.entries<InterfaceKnob>(rows).map(([key, row]) => [key, value(row)]);
    return Object.fromEntries(entries) as Record<Key, number>;
  };
  return {
    group,
    rows,
    all: valuesOf(({ initial, initialAll }) => initialAll ?? initial),
    default: valuesOf(({ initial }) => initial),
    interfaces: new Map(),
  };
}

/**
 * Adds an interface with the values of `default`. Returns its values in force. The object stays the
 * same and follows all changes.
 */
export function addKnobsOf<Group extends KnobGroup, Key extends string>(
  knobs: InterfaceKnobs<Group, Key>,
  index: number,
  name: string,
): KnobValues<Key> {
  const scope = { name, own: { ...knobs.default }, inForce: { ...knobs.default } };
  knobs.interfaces.set(index, scope);
  combineAll(knobs, scope);
  return scope.inForce;
}

export function removeKnobsOf(knobs: InterfaceKnobs<KnobGroup, string>, index: number): void {
  knobs.interfaces.delete(index);
}

/** The values in force of an interface; those of `default` if there is no such interface. */
export function knobsOf<Key extends string>(
  knobs: InterfaceKnobs<KnobGroup, Key>,
  index: number,
): KnobValues<Key> {
  return knobs.interfaces.get(index)?.inForce ?? knobs.default;
}

/** The parts of `conf.eth0.arp_accept`. An interface's name may have dots. */
export function splitKnobName(
  name: string,
): { readonly group: KnobGroup; readonly scope: string; readonly key: string } | undefined {
  const parts = /^(conf|neigh)\.(.+)\.([^.]+)$/.exec(name);
  if (parts === null) return undefined;
  return { group: parts[1] as KnobGroup, scope: parts[2]!, key: parts[3]! };
}

/** Sets a value by its name. `interfaceKnobFault()` must have found no fault. */
export function changeInterfaceKnob<Group extends KnobGroup, Key extends string>(
  knobs: InterfaceKnobs<Group, Key>,
  name: string,
  value: number,
): void {
  const parts = splitKnobName(name)!;
  const scope = parts.scope;
  const key = parts.key as Key;
  if (scope === 'all' && knobs.rows[key].spreads === true) {
    knobs.default[key] = value;
    for (const { own } of knobs.interfaces.values()) own[key] = value;
  }
  valuesOf(knobs, scope)![key] = value;
  for (const one of knobs.interfaces.values()) combineAll(knobs, one);
}

/** What is wrong with a change: there is no such value, or it breaks a row's range. */
export function interfaceKnobFault(
  knobs: InterfaceKnobs<KnobGroup, string>,
  name: string,
  value: number,
): 'unknown' | InterfaceKnob | undefined {
  const { group, scope, key } = splitKnobName(name) ?? {};
  if (group !== knobs.group || scope === undefined || key === undefined) return 'unknown';
  if (!Object.hasOwn(knobs.rows, key) || valuesOf(knobs, scope) === undefined) return 'unknown';
  const row = knobs.rows[key]!;
  const fits = Number.isInteger(value) && value >= row.least && value <= row.most;
  return fits ? undefined : row;
}

/** All values by their names. */
export function listInterfaceKnobs<Group extends KnobGroup, Key extends string>(
  knobs: InterfaceKnobs<Group, Key>,
): Record<InterfaceKnobName<Group, Key>, number> {
  const list: Record<string, number> = {};
  const add = (scope: string, values: KnobValues<Key>) => {
    for (const [key, value] of Object.entries<number>(values)) {
      list[`${knobs.group}.${scope}.${key}`] = value;
    }
  };
  if (knobs.group === 'conf') add('all', knobs.all);
  add('default', knobs.default);
  for (const { name, own } of knobs.interfaces.values()) add(name, own);
  return list as Record<InterfaceKnobName<Group, Key>, number>;
}

function valuesOf<Key extends string>(
  knobs: InterfaceKnobs<KnobGroup, Key>,
  scope: string,
): Record<Key, number> | undefined {
  if (scope === 'default') return knobs.default;
  if (scope === 'all') return knobs.group === 'conf' ? knobs.all : undefined;
  for (const { name, own } of knobs.interfaces.values()) if (name === scope) return own;
  return undefined;
}

function combineAll<Key extends string>(
  knobs: InterfaceKnobs<KnobGroup, Key>,
  { own, inForce }: InterfaceScope<Key>,
): void {
  const isForwarding = (own as Readonly<Record<string, number>>)['forwarding'] === 1;
  for (const key of Object.keys(knobs.rows) as Key[]) {
    const { combine } = knobs.rows[key];
    inForce[key] = combineTwo(combine, knobs.all[key], own[key], isForwarding);
  }
}

function combineTwo(combine: Combination, all: number, own: number, isForwarding: boolean): number {
  switch (combine) {
    case 'and':
      return all !== 0 && own !== 0 ? 1 : 0;
    case 'or':
      return all !== 0 || own !== 0 ? 1 : 0;
    case 'max':
      return Math.max(all, own);
    case 'interface':
      return own;
    case 'router':
      return combineTwo(isForwarding ? 'and' : 'or', all, own, isForwarding);
  }
}

/**
 * Puts the changes of a config into the order in which they must be made: first `default`, since
 * interfaces take its values, then the interfaces are added, then `all`, since it may spread, then
 * the rest.
 */
export function orderKnobChanges<Value>(changes: Readonly<Record<string, Value>>): {
  readonly beforeInterfaces: Record<string, Value>;
  readonly afterInterfaces: Record<string, Value>;
} {
  const places: Record<'default' | 'all' | 'rest', [string, Value][]> = {
    default: [],
    all: [],
    rest: [],
  };
  for (const entry of Object.entries(changes)) {
    const scope = splitKnobName(entry[0])?.scope;
    places[scope === 'default' || scope === 'all' ? scope : 'rest'].push(entry);
  }
  return {
    beforeInterfaces: Object.fromEntries(places.default),
    afterInterfaces: Object.fromEntries([...places.all, ...places.rest]),
  };
}
