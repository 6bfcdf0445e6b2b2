import { z } from 'zod';
import { parseSysctl, SysctlError, type SysctlValue } from './sysctl.ts';

/** The `sysctl` section of a stack: values by names, all known and in range. */
export const sysctlField = z
  .record(z.string(), z.unknown(), { error: 'should be values by the names of knobs' })
  .transform((section, context) => {
    const values: Record<string, SysctlValue> = {};
    for (const [name, raw] of Object.entries(section)) {
      try {
        values[name] = parseSysctl(name, raw);
      } catch (error) {
        if (!(error instanceof SysctlError)) throw error;
        context.addIssue({ code: 'custom', path: [name], message: error.message });
      }
    }
    return values;
  })
  .prefault({});
