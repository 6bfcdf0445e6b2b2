/** Thrown if a request of the API cannot be answered. The message goes to the client. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code = 'API_REQUEST';
  readonly status: 400 | 403 | 404 | 405 | 413 | 415 | 503;

  /** Linux's name of the error, where it has one: EEXIST. */
  readonly errno: string | undefined;

  constructor(status: ApiError['status'], message: string, errno?: string | undefined) {
    super(message);
    this.status = status;
    this.errno = errno;
  }
}
