/** Where the servers that are measured listen, whatever stack is below them. */
export const PORTS = {
  /** The HTTP server of the application service. */
  ours: 80,
  /** An HTTP server with a handler of a few lines. */
  bare: 8000,
  /** As RFC 863, beside the application service's own. */
  discard: 8009,
  /** As RFC 864, but that it sends one constant buffer. */
  chargen: 8019,
} as const;
