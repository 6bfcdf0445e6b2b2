import { ConsoleApi } from './console-api.ts';
import type { Target } from './target.ts';

/** Asks a running console. For a target over NATS it starts a console for the one question. */
export async function withConsole(
  target: Target | Promise<Target>,
  ask: (console: ConsoleApi) => Promise<void>,
): Promise<void> {
  const found = await target;
  if (found.kind === 'console') return ask(new ConsoleApi(found.url));
  const { withOwnConsole } = await import('./own-console.ts');
  return withOwnConsole(found, (url) => ask(new ConsoleApi(url)));
}
