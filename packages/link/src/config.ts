import type { InterfaceConfig } from './interface/interface.ts';
import type { LinkSysctl } from './sysctl.ts';

/** What a link core is made of. */
export interface LinkConfig {
  readonly interfaces: readonly InterfaceConfig[];
  /** Knobs that differ from {@link LINK_SYSCTL_DEFAULTS}. */
  readonly sysctl?: Partial<LinkSysctl> | undefined;
}
