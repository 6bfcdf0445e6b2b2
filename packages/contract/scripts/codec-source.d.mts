import type { Root } from 'protobufjs';

export function codecSource(root: Root, pdus?: object, parts?: object): string;
