/** The ports of the measured servers. They are the same on each stack. */
export const PORTS = {
  /** The HTTP server of the application service. */
  ours: 80,
  /** An HTTP server with a handler of a few lines. */
  bare: 8000,
  /** A discard server (RFC 863), beside the application service's own. */
  discard: 8009,
  /** A character generator (RFC 864), which sends one constant buffer. */
  chargen: 8019,
} as const;
