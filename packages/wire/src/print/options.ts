/** How packets are printed. Each field is an option of tcpdump(8). */
export interface PrintOptions {
  /** `-e`: the Ethernet header. */
  readonly ethernet: boolean;
  /** `-v`, `-vv`: 0, 1 or 2. */
  readonly verbose: number;
  /** `-q`: less of each protocol. */
  readonly quick: boolean;
  /** `-S`: sequence numbers as they are, not relative to the first of their connection. */
  readonly absolute: boolean;
}

/** tcpdump's mark where the capture ends in the middle of a header. */
export const truncated = (protocol: string): string => ` [|${protocol}]`;
