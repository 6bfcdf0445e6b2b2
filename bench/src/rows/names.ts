/** The names of the sides in the tables. */
export const KERNEL = 'Node on the kernel';
export const ONE = 'Strata, one process';
export const NATS = 'Strata over NATS';
export const IPERF = 'iperf3 on the kernel';
export const LWIP = 'native lwIP';
export const CHAIN = 'relay chain';
