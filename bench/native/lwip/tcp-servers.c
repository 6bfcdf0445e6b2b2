#include "servers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one write is given: as many segments as the send buffer is refilled by, and a write may take
 * 65,535 octets at most. */
#define WRITE_OCTETS (16 * TCP_MSS)

static char constant[WRITE_OCTETS];

void listen_on(u16_t port, tcp_accept_fn accept) {
  struct tcp_pcb *pcb = tcp_new();
  if (pcb == NULL || tcp_bind(pcb, IP4_ADDR_ANY, port) != ERR_OK) {
    fprintf(stderr, "lwip: cannot listen on port %u\n", (unsigned)port);
    exit(1);
  }
  tcp_accept(tcp_listen(pcb), accept);
}

static err_t discard(void *argument, struct tcp_pcb *pcb, struct pbuf *data, err_t error) {
  (void)argument;
  (void)error;
  if (data == NULL) return tcp_close(pcb);
  tcp_recved(pcb, data->tot_len);
  pbuf_free(data);
  return ERR_OK;
}

static err_t accept_discard(void *argument, struct tcp_pcb *pcb, err_t error) {
  (void)argument;
  if (error != ERR_OK || pcb == NULL) return ERR_VAL;
  tcp_recv(pcb, discard);
  return ERR_OK;
}

void start_discard(void) { listen_on(8009, accept_discard); }

static void fill(struct tcp_pcb *pcb) {
  for (;;) {
    u16_t room = tcp_sndbuf(pcb) < WRITE_OCTETS ? (u16_t)tcp_sndbuf(pcb) : WRITE_OCTETS;
    // Whole segments: Nagle is off, and a short write would be a short segment.
    room -= room % TCP_MSS;
    if (room == 0 || tcp_write(pcb, constant, room, 0) != ERR_OK) break;
  }
  tcp_output(pcb);
}

static err_t sent(void *argument, struct tcp_pcb *pcb, u16_t octets) {
  (void)argument;
  (void)octets;
  fill(pcb);
  return ERR_OK;
}

static err_t accept_chargen(void *argument, struct tcp_pcb *pcb, err_t error) {
  (void)argument;
  if (error != ERR_OK || pcb == NULL) return ERR_VAL;
  tcp_nagle_disable(pcb);
  tcp_recv(pcb, discard);
  tcp_sent(pcb, sent);
  fill(pcb);
  return ERR_OK;
}

void start_chargen(void) {
  memset(constant, 's', sizeof constant);
  listen_on(8019, accept_chargen);
}
