/*
 * Native lwIP beside Strata: lwip TAP ADDRESS HTTP-PORT
 *
 * Makes the TAP device in its own namespace and answers on ADDRESS/24: discard (port 8009), chargen
 * (port 8019), HTTP (HTTP-PORT). Says `ready` once all listen; the host's end is the caller's. Runs
 * until a signal.
 *
 * Debian builds the library with threads (NO_SYS 0) and its core locked by whoever calls it; frames
 * are handed in by the thread that reads them, so that nothing but the timers crosses threads.
 */
#include "servers.h"

#include <lwip/ethip6.h>
#include <lwip/tcpip.h>
#include <netif/ethernet.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

struct start {
  char *tap;
  ip4_addr_t address;
  u16_t http_port;
  struct netif *netif;
  sem_t done;
};

static void start_all(void *argument) {
  struct start *start = argument;
  ip4_addr_t mask, gateway;
  IP4_ADDR(&mask, 255, 255, 255, 0);
  ip4_addr_set_zero(&gateway);
  struct netif *netif = start->netif;
  if (netif_add(netif, &start->address, &mask, &gateway, start->tap, tap_init, ethernet_input) == NULL) {
    fprintf(stderr, "lwip: the interface was refused\n");
    exit(1);
  }
  netif_set_up(netif);
  start_discard();
  start_chargen();
  start_http(start->http_port);
  sem_post(&start->done);
}

int main(int count, char **arguments) {
  static struct netif netif;
  static struct start start;
  if (count != 4 || !ip4addr_aton(arguments[2], &start.address)) {
    fprintf(stderr, "usage: lwip TAP ADDRESS HTTP-PORT\n");
    return 2;
  }
  start.tap = arguments[1];
  start.http_port = (u16_t)atoi(arguments[3]);
  start.netif = &netif;
  sem_init(&start.done, 0, 0);
  tcpip_init(start_all, &start);
  sem_wait(&start.done);
  puts("ready");
  fflush(stdout);
  for (;;) tap_run_once(&netif);
}
