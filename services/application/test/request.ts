import { type IncomingHttpHeaders, type RequestOptions, request } from 'node:http';
import { StackAgent } from '@strata/sockets';
import { type Pair, SERVER } from './pair.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An HTTP request through the client stack, answered as a whole. */
export function ask(
  pair: Pair,
  path: string,
  options: RequestOptions = {},
  body?: Uint8Array | string,
): Promise<Answer> {
  const agent = new StackAgent(pair.client);
  return new Promise((resolve, reject) => {
    const sent = request({ host: SERVER, port: 80, path, agent, ...options }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.once('error', reject);
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(pieces),
        }),
      );
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
