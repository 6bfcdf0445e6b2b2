import { systemMessage } from '../system-messages.ts';

/** Thrown to end a transfer, with curl's exit status and words. */
export class CurlFailure extends Error {
  override readonly name = 'CurlFailure';
  readonly code = 'CURL_FAILURE';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** How far an exchange had come when it failed. */
export interface Progress {
  readonly isConnected: boolean;
  readonly hasResponse: boolean;
  /** It was a TLS handshake. */
  readonly isTls?: boolean;
}

/** What curl calls an error of Node's HTTP client, of TLS or of a socket. */
export function failureOf(error: unknown, progress: Progress): CurlFailure {
  if (error instanceof CurlFailure) return error;
  const { code = '', message, syscall } = error as NodeJS.ErrnoException;
  if (progress.isTls) {
    if (/CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/.test(code)) {
      return new CurlFailure(60, `SSL certificate problem: ${message}; -k takes any certificate`);
    }
    const { reason } = error as { readonly reason?: string };
    return new CurlFailure(35, `TLS connect error: ${reason ?? message}: does the port speak TLS?`);
  }
  if (!progress.isConnected) return new CurlFailure(7, systemMessage(code));
  if (/^Parse Error: Expected HTTP\//.test(message)) {
    return new CurlFailure(1, 'Received HTTP/0.9 when not allowed: it is no HTTP server');
  }
  if (code.startsWith('HPE_')) return new CurlFailure(8, `Weird server reply: ${message}`);
  if (syscall === 'write') return new CurlFailure(55, `Send failure: ${systemMessage(code)}`);
  // Node's "socket hang up", without a system call: FIN before a response.
  if (syscall === undefined && !progress.hasResponse && code === 'ECONNRESET') {
    return new CurlFailure(52, 'Empty reply from server');
  }
  return new CurlFailure(56, `Recv failure: ${systemMessage(code || message)}`);
}
