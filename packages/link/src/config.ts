import type { InterfaceConfig } from './interface/interface.ts';
import type { LinkSysctl } from './sysctl.ts';

/** What a link core is made of. */
export interface LinkConfig {
  readonly interfaces: readonly InterfaceConfig[];
  /**
   * Knobs that differ from Linux's defaults. `default` counts for each interface that the config
   * does not name.
   */
  readonly sysctl?: Partial<LinkSysctl> | undefined;
}
