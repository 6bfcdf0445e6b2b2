import type { Tool } from './tool.ts';

export { type RunToolOptions, runTool } from './run-tool.ts';

/** The tools by name. Each is loaded when it is wanted. */
const TOOLS: Readonly<Record<string, () => Promise<Tool>>> = {
  curl: async () => (await import('./curl/engine.ts')).curl,
  iperf: async () => (await import('./iperf/engine.ts')).iperf,
  nc: async () => (await import('./nc/engine.ts')).nc,
};

/** The names of the tools. */
export const TOOL_NAMES: readonly string[] = Object.keys(TOOLS);

/** The tool of this name. Undefined: there is none. */
export async function loadTool(name: string): Promise<Tool | undefined> {
  return Object.hasOwn(TOOLS, name) ? TOOLS[name]!() : undefined;
}
