/** Thrown if a request of the API cannot be answered. The message goes to the client. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code = 'API_REQUEST';
  readonly status: 400 | 403 | 404 | 405 | 413 | 415 | 503;

  constructor(status: ApiError['status'], message: string) {
    super(message);
    this.status = status;
  }
}
