import { askControl, hint, knobOf, type SysctlLayer, sysctlNames } from '@strata/runtime';
import { ApiError } from './api-error.ts';
import { readJson } from './guard.ts';
import { type ApiHandler, type ApiRequest, stackOf } from './route.ts';
import { explained, ofEachStack } from './tables.ts';

const SYSCTL_LAYERS: readonly SysctlLayer[] = ['link', 'network', 'transport'];

/** GET /api/sysctl: the knobs of each stack, by their Linux names. */
export const getSysctl: ApiHandler = (api) =>
  ofEachStack(api, async (stack) => {
    const replies = await Promise.all(
      SYSCTL_LAYERS.map((layer) => {
        const request = { kind: 'sysctl-get', names: [] } as const;
        return explained(stack, askControl(api.context.bus, stack, layer, request, 'sysctls'));
      }),
    );
    const all = replies.flatMap((reply) => reply.sysctls);
    return Object.fromEntries(all.map(({ name, value }) => [name, value]).sort());
  });

/**
 * PUT /api/sysctl?stack=NAME with `{"net.ipv4.tcp_sack": 0}`: sets knobs, and answers with their
 * new values.
 */
export const putSysctl: ApiHandler = async (api) => {
  const stack = stackOf(api);
  const wanted = Object.entries(await readJson(api.request));
  const layersOf = (name: string) =>
    SYSCTL_LAYERS.filter((layer) => knobOf(name)?.layers.includes(layer));
  for (const [name] of wanted) {
    if (layersOf(name).length > 0) continue;
    const known = SYSCTL_LAYERS.flatMap(sysctlNames);
    throw new ApiError(404, `there is no knob ${name}${hint(name, new Set(known))}.`);
  }
  const values: Record<string, string> = {};
  for (const [name, raw] of wanted) {
    const value = Array.isArray(raw) ? raw.join('\t') : String(raw);
    for (const layer of layersOf(name)) {
      const request = { kind: 'sysctl-set', name, value } as const;
      const asked = askControl(api.context.bus, stack, layer, request, 'sysctls');
      const reply = await explained(stack, asked, 404);
      for (const sysctl of reply.sysctls) values[sysctl.name] = sysctl.value;
    }
  }
  return values;
};

/**
 * GET /api/features?interface=NAME: of each stack what `ethtool -k` shows of its interfaces, or of
 * the one.
 */
export const getFeatures: ApiHandler = (api) =>
  ofEachStack(api, async (stack) => {
    const interfaceName = api.query.get('interface') ?? '';
    const request = { kind: 'features-get', interfaceName } as const;
    const asked = askControl(api.context.bus, stack, 'link', request, 'features');
    return (await explained(stack, asked, interfaceName === '' ? 503 : 404)).interfaces;
  });

/**
 * PUT /api/features?stack=NAME&interface=NAME with `{"tso": false}`; answers with the interface's
 * features as they are then.
 */
export const putFeatures: ApiHandler = async (api) => {
  const { stack, interfaceName } = interfaceOf(api);
  const body = Object.entries(await readJson(api.request));
  const switches = body.map(([name, on]) => {
    if (typeof on === 'boolean') return { name, on };
    throw new ApiError(400, `${name} is ${JSON.stringify(on)}: it must be true or false.`);
  });
  const request = { kind: 'features-set', interfaceName, switches } as const;
  const asked = askControl(api.context.bus, stack, 'link', request, 'features');
  return (await explained(stack, asked, 404)).interfaces[0];
};

export function interfaceOf(api: ApiRequest): {
  readonly stack: string;
  readonly interfaceName: string;
} {
  const stack = stackOf(api);
  const interfaceName = api.query.get('interface');
  if (interfaceName !== null) return { stack, interfaceName };
  throw new ApiError(400, 'name the interface: &interface=eth0.');
}
