import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Answers one request for the resource at `path`. If it rejects, the answer is 500, and the error
 * is logged.
 */
export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
) => Promise<void> | void;

const ERRORS = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  416: 'Range Not Satisfiable',
  421: 'Misdirected Request',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
} as const;

export type ErrorStatus = keyof typeof ERRORS;

/** The text of an error: its status, its name, and one sentence for the user. */
export function errorText(status: ErrorStatus, sentence: string): string {
  return `${status} ${ERRORS[status]}: ${sentence}\n`;
}

/** Answers with an error. */
export function respondError(
  response: ServerResponse,
  status: ErrorStatus,
  sentence: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = errorText(status, sentence);
  respondText(response, status, 'text/plain; charset=utf-8', body, headers);
}

/** Answers with a complete text. A HEAD request gets the headers only. */
export function respondText(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    ...headers,
    'content-type': contentType,
    'content-length': bytes.byteLength,
  });
  response.end(bytes);
}

/** Whether the method is among `allowed`. If it is not, answers 405. */
export function allowMethods(
  request: IncomingMessage,
  response: ServerResponse,
  allowed: readonly string[],
): boolean {
  if (allowed.includes(request.method ?? '')) return true;
  const allow = allowed.join(', ');
  respondError(response, 405, `this resource answers ${allow}.`, { allow });
  return false;
}
