/* Servers on lwIP's raw API, and the network interface below them. All of it is called with the
 * core locked. */
#ifndef BENCH_SERVERS_H
#define BENCH_SERVERS_H

#include <lwip/netif.h>
#include <lwip/tcp.h>

/* Takes what comes on port 8009 (RFC 863). */
void start_discard(void);
/* Sends on port 8019 until the peer goes; one constant buffer instead of RFC 864's pattern, as the
 * other side of the bench. */
void start_chargen(void);
/* Answers each request on `port` with what Node's http sends for response.end('hello\n'). */
void start_http(u16_t port);

/* Listens on `port`; ends the program where it cannot. */
void listen_on(u16_t port, tcp_accept_fn accept);

/* A TAP device of the namespace that the program runs in, as an Ethernet interface; `netif->state`
 * is its name. */
err_t tap_init(struct netif *netif);
/* Waits for frames, and hands in all that are there. */
void tap_run_once(struct netif *netif);

#endif
