#include "servers.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <lwip/etharp.h>
#include <lwip/tcpip.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MTU 1500
#define FRAME_OCTETS (MTU + SIZEOF_ETH_HDR)
/* Frames taken in under one lock: the timers' thread may come in between. */
#define BATCH_FRAMES 64

static int tap = -1;

static int open_tap(const char *name) {
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0) {
    perror("lwip: /dev/net/tun");
    exit(1);
  }
  return fd;
}

/* The library is built so that a frame comes in one piece (LWIP_NETIF_TX_SINGLE_PBUF). */
static err_t send_frame(struct netif *netif, struct pbuf *frame) {
  (void)netif;
  char gathered[FRAME_OCTETS];
  const void *octets = frame->payload;
  if (frame->next != NULL) {
    if (frame->tot_len > sizeof gathered) return ERR_BUF;
    pbuf_copy_partial(frame, gathered, frame->tot_len, 0);
    octets = gathered;
  }
  return write(tap, octets, frame->tot_len) < 0 ? ERR_IF : ERR_OK;
}

err_t tap_init(struct netif *netif) {
  static const u8_t address[ETH_HWADDR_LEN] = {2, 0, 0, 0, 0, 2};
  tap = open_tap(netif->state);
  netif->name[0] = 't';
  netif->name[1] = 'p';
  netif->mtu = MTU;
  netif->hwaddr_len = ETH_HWADDR_LEN;
  memcpy(netif->hwaddr, address, ETH_HWADDR_LEN);
  netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
  netif->output = etharp_output;
  netif->linkoutput = send_frame;
  return ERR_OK;
}

/* The next frame, read to where it stays; NULL where there is none. */
static struct pbuf *read_frame(void) {
  struct pbuf *frame = pbuf_alloc(PBUF_RAW, FRAME_OCTETS, PBUF_RAM);
  if (frame == NULL) return NULL;
  ssize_t octets = read(tap, frame->payload, FRAME_OCTETS);
  if (octets > 0) {
    pbuf_realloc(frame, (u16_t)octets);
    return frame;
  }
  pbuf_free(frame);
  // Until the host has set its end up, reading gives EIO.
  if (octets < 0 && errno != EAGAIN && errno != EINTR && errno != EIO) {
    perror("lwip: reading the TAP");
    exit(1);
  }
  return NULL;
}

void tap_run_once(struct netif *netif) {
  struct pollfd wanted = {.fd = tap, .events = POLLIN};
  poll(&wanted, 1, -1);
  // Straight into the stack, not by way of its mailbox: with the core locked this thread may, and
  // it is what costs least.
  LOCK_TCPIP_CORE();
  struct pbuf *frame;
  for (int left = BATCH_FRAMES; left > 0 && (frame = read_frame()) != NULL; left -= 1) {
    if (netif->input(frame, netif) != ERR_OK) pbuf_free(frame);
  }
  UNLOCK_TCPIP_CORE();
}
