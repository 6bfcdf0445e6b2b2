/** Control requests that change interfaces, addresses and routes, as messages of protobufjs. */
import { ipv4Address, ipv4Bits } from '@strata/wire';
import { enumValue } from '../codec/reader.ts';
import type {
  AddressAction,
  ChangeReply,
  ChangeRequest,
  LinkChanges,
  RouteAction,
} from '../control.ts';
import { fromInterface, fromPrefix, toInterface, toPrefix } from '../control-values.ts';
import type { strata } from '../gen/strata.js';
import { fromRoute, ROUTE_TYPES, toRoute } from './table-values.ts';

// Each list is in the order of its enum's numbers.
const ADDRESS_ACTIONS: readonly AddressAction[] = ['add', 'replace', 'delete'];
const ROUTE_ACTIONS: readonly RouteAction[] = [
  'add',
  'append',
  'prepend',
  'change',
  'replace',
  'delete',
];

export function toChange(request: ChangeRequest): strata.v1.ControlRequest.$Properties {
  switch (request.kind) {
    case 'link-set': {
      const { interfaceName, changes } = request;
      return { linkSet: { interfaceName, ...setFields(changes) } };
    }
    case 'address-change': {
      const { interfaceName, address } = request;
      const action = ADDRESS_ACTIONS.indexOf(request.action);
      return { addressChange: { interfaceName, action, address: toPrefix(address) } };
    }
    case 'interfaces-set':
      return { interfacesSet: { interfaces: request.interfaces.map(toInterface) } };
    case 'route-change': {
      const action = ROUTE_ACTIONS.indexOf(request.action);
      return {
        routeChange: { action, route: toRoute(request.route), anyType: request.isAnyType },
      };
    }
    case 'route-get': {
      const { destination, source, interfaceIndex } = request;
      return {
        routeGet: {
          destination: ipv4Bits(destination),
          source: ipv4Bits(source),
          interfaceIndex,
        },
      };
    }
  }
}

/** Undefined: the message is none of these requests. */
export function fromChange(
  message: strata.v1.ControlRequest.$Properties,
): ChangeRequest | undefined {
  const { linkSet, addressChange, interfacesSet, routeChange, routeGet } = message;
  if (linkSet) {
    return {
      kind: 'link-set',
      interfaceName: linkSet.interfaceName ?? '',
      changes: setFields(linkSet),
    };
  }
  if (addressChange) {
    return {
      kind: 'address-change',
      interfaceName: addressChange.interfaceName ?? '',
      action: enumValue('action', ADDRESS_ACTIONS, addressChange.action ?? 0),
      address: fromPrefix(addressChange.address),
    };
  }
  if (interfacesSet) {
    const interfaces = (interfacesSet.interfaces ?? []).map(fromInterface);
    return { kind: 'interfaces-set', interfaces };
  }
  if (routeChange) {
    return {
      kind: 'route-change',
      action: enumValue('action', ROUTE_ACTIONS, routeChange.action ?? 0),
      route: fromRoute(routeChange.route ?? {}),
      isAnyType: routeChange.anyType ?? false,
    };
  }
  if (routeGet) {
    return {
      kind: 'route-get',
      destination: ipv4Address(routeGet.destination ?? 0),
      source: ipv4Address(routeGet.source ?? 0),
      interfaceIndex: routeGet.interfaceIndex ?? 0,
    };
  }
  return undefined;
}

/** The fields that are set. */
function setFields({ up, mtu, arp }: Nullable<LinkChanges>): {
  up?: boolean;
  mtu?: number;
  arp?: boolean;
} {
  return {
    ...(up == null ? {} : { up }),
    ...(mtu == null ? {} : { mtu }),
    ...(arp == null ? {} : { arp }),
  };
}

type Nullable<Fields> = { readonly [Name in keyof Fields]: Fields[Name] | null };

export function toChangeReply(reply: ChangeReply): strata.v1.ControlReply.$Properties {
  if (reply.kind === 'done') return { done: {} };
  const { type, gateway, interfaceIndex, source, mtu, mtuExpiresMs, isRedirected } = reply.answer;
  return {
    routeAnswer: {
      type: ROUTE_TYPES.indexOf(type),
      gateway: ipv4Bits(gateway),
      interfaceIndex,
      source: ipv4Bits(source),
      mtu,
      mtuExpiresMs: Math.ceil(mtuExpiresMs),
      redirected: isRedirected,
    },
  };
}

/** Undefined: the message is none of these replies. */
export function fromChangeReply(
  message: strata.v1.ControlReply.$Properties,
): ChangeReply | undefined {
  if (message.done) return { kind: 'done' };
  const answer = message.routeAnswer;
  if (!answer) return undefined;
  return {
    kind: 'route-answer',
    answer: {
      type: enumValue('type', ROUTE_TYPES, answer.type ?? 0),
      gateway: ipv4Address(answer.gateway ?? 0),
      interfaceIndex: answer.interfaceIndex ?? 0,
      source: ipv4Address(answer.source ?? 0),
      mtu: answer.mtu ?? 0,
      mtuExpiresMs: answer.mtuExpiresMs ?? 0,
      isRedirected: answer.redirected ?? false,
    },
  };
}
