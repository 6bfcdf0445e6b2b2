import { CliError } from './failure.ts';

/** Asks a console's HTTP API. Throws CliError where nobody answers, or it refuses. */
export async function askApi<Answer>(api: URL, path: string, stack?: string): Promise<Answer> {
  const url = new URL(path, api);
  if (stack !== undefined) url.searchParams.set('stack', stack);
  const response = await fetch(url).catch((error: Error) => {
    const cause = error.cause as { readonly code?: string } | undefined;
    const why = cause?.code === 'ECONNREFUSED' ? 'nobody answers' : error.message;
    throw new CliError(`no console at ${api.origin} (${why}): is \`strata up\` running? (--api)`);
  });
  const body = await response.text();
  if (response.ok) return JSON.parse(body) as Answer;
  throw new CliError(refusalOf(body) ?? `the console answered ${response.status}`);
}

function refusalOf(body: string): string | undefined {
  try {
    return (JSON.parse(body) as { readonly error?: string }).error;
  } catch {
    // No console of ours: its status says what there is to say.
    return undefined;
  }
}
