import {
  addKnobsOf,
  changeInterfaceKnob,
  createInterfaceKnobs,
  interfaceKnobFault,
  knobsOf,
  listInterfaceKnobs,
  orderKnobChanges,
  removeKnobsOf,
  splitKnobName,
} from '../src/index.ts';

const ROWS = {
  both: { initial: 1, least: 0, most: 1, combine: 'and' },
  either: { initial: 0, least: 0, most: 1, combine: 'or' },
  larger: { initial: 0, least: 0, most: 8, combine: 'max' },
  alone: { initial: 5, initialAll: 7, least: 0, most: 9, combine: 'interface' },
  redirects: { initial: 1, least: 0, most: 1, combine: 'router' },
  forwarding: { initial: 0, least: 0, most: 1, combine: 'interface', spreads: true },
} as const;

function create() {
  const knobs = createInterfaceKnobs('conf', ROWS);
  addKnobsOf(knobs, 1, 'eth0');
  addKnobsOf(knobs, 2, 'eth0.100');
  return knobs;
}

describe('The knobs of interfaces', () => {
  it.each([
    ['both', 0, 1, 0],
    ['both', 1, 0, 0],
    ['both', 1, 1, 1],
    ['either', 0, 0, 0],
    ['either', 0, 1, 1],
    ['either', 1, 0, 1],
    ['larger', 2, 1, 2],
    ['larger', 2, 8, 8],
    ['alone', 9, 2, 2],
  ] as const)('%s: all %d and the interface %d give %d', (key, all, own, inForce) => {
    const knobs = create();
    changeInterfaceKnob(knobs, `conf.all.${key}`, all);
    changeInterfaceKnob(knobs, `conf.eth0.${key}`, own);
    expect(knobsOf(knobs, 1)[key]).toBe(inForce);
  });

  it.each([
    [0, 0, 0, 0],
    [0, 1, 0, 1],
    [0, 0, 1, 1],
    [1, 1, 0, 0],
    [1, 0, 1, 0],
    [1, 1, 1, 1],
  ])(
    'of a router, with forwarding %d: all %d and the interface %d give %d',
    (on, all, own, inForce) => {
      const knobs = create();
      changeInterfaceKnob(knobs, 'conf.all.redirects', all);
      changeInterfaceKnob(knobs, 'conf.eth0.redirects', own);
      changeInterfaceKnob(knobs, 'conf.eth0.forwarding', on);
      expect(knobsOf(knobs, 1).redirects).toBe(inForce);
    },
  );

  it('take the values of default when an interface is added, and not later', () => {
    const knobs = create();
    changeInterfaceKnob(knobs, 'conf.default.alone', 3);
    expect(knobsOf(knobs, 1).alone).toBe(5);
    expect(addKnobsOf(knobs, 3, 'eth1').alone).toBe(3);
  });

  it('keep one object for each interface, which follows all changes', () => {
    const knobs = createInterfaceKnobs('conf', ROWS);
    const inForce = addKnobsOf(knobs, 1, 'eth0');
    changeInterfaceKnob(knobs, 'conf.all.larger', 4);
    expect(inForce.larger).toBe(4);
  });

  it('write every interface and default if a knob spreads, and none if one interface is written', () => {
    const knobs = create();
    changeInterfaceKnob(knobs, 'conf.all.forwarding', 1);
    const forwarding = (name: string) => name.endsWith('.forwarding');
    const values = () =>
      Object.entries(listInterfaceKnobs(knobs)).filter(([name]) => forwarding(name));
    expect(values().map(([, value]) => value)).toEqual([1, 1, 1, 1]);
    changeInterfaceKnob(knobs, 'conf.eth0.forwarding', 0);
    expect(values().map(([, value]) => value)).toEqual([1, 1, 0, 1]);
  });

  it('are known by their names, with dots in the name of an interface', () => {
    expect(splitKnobName('conf.eth0.100.alone')).toEqual({
      group: 'conf',
      scope: 'eth0.100',
      key: 'alone',
    });
    const knobs = create();
    changeInterfaceKnob(knobs, 'conf.eth0.100.alone', 1);
    expect([knobsOf(knobs, 1).alone, knobsOf(knobs, 2).alone]).toEqual([5, 1]);
  });

  it.each([
    ['conf.eth7.alone', 'unknown'],
    ['conf.eth0.nothing', 'unknown'],
    ['conf.eth0.toString', 'unknown'],
    ['neigh.eth0.alone', 'unknown'],
    ['alone', 'unknown'],
    ['conf.eth0.alone', ROWS.alone],
  ])('find a fault in %s = 10', (name, fault) => {
    expect(interfaceKnobFault(create(), name, 10)).toBe(fault);
  });

  it('have no all in neigh', () => {
    const knobs = createInterfaceKnobs('neigh', ROWS);
    expect(interfaceKnobFault(knobs, 'neigh.all.alone', 1)).toBe('unknown');
    expect(Object.keys(listInterfaceKnobs(knobs))).not.toContain('neigh.all.alone');
  });

  it('forget an interface that is removed', () => {
    const knobs = create();
    removeKnobsOf(knobs, 1);
    expect(interfaceKnobFault(knobs, 'conf.eth0.alone', 1)).toBe('unknown');
  });
});

describe('The changes of a config', () => {
  it('come in the order default, interfaces, all, one interface', () => {
    const { beforeInterfaces, afterInterfaces } = orderKnobChanges({
      'conf.eth0.a': 1,
      b: 2,
      'conf.all.a': 3,
      'conf.default.a': 4,
    });
    expect(Object.keys(beforeInterfaces)).toEqual(['conf.default.a']);
    expect(Object.keys(afterInterfaces)).toEqual(['conf.all.a', 'conf.eth0.a', 'b']);
  });
});
