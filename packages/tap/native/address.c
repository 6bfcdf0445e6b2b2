/* IPv4 addresses of the interface (rtnetlink RTM_*ADDR). */
#define _GNU_SOURCE
#include "tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Maximum number of attempts of a dump that a change interrupts. */
#define DUMP_ATTEMPTS 8

static bool change(int fd, int ifindex, const struct tap_address *address, int type, int flags,
                   const char *step, struct tap_failure *failure) {
  struct tap_message_buffer buffer;
  struct ifaddrmsg body = {.ifa_family = AF_INET,
                           .ifa_prefixlen = address->prefix_length,
                           .ifa_scope = RT_SCOPE_UNIVERSE,
                           .ifa_index = (uint32_t)ifindex};
  uint32_t local = htonl(address->address);
  uint32_t broadcast = htonl(address->broadcast);
  tap_netlink_begin(&buffer, type, flags, &body, sizeof body);
  tap_netlink_attribute(&buffer, IFA_LOCAL, &local, sizeof local);
  tap_netlink_attribute(&buffer, IFA_ADDRESS, &local, sizeof local);
  if (address->broadcast != 0)
    tap_netlink_attribute(&buffer, IFA_BROADCAST, &broadcast, sizeof broadcast);
  return tap_netlink_run(fd, &buffer, NULL, NULL, step, failure);
}

bool tap_address_add(int fd, int ifindex, const struct tap_address *address,
                     struct tap_failure *failure) {
  return change(fd, ifindex, address, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, "add address",
                failure);
}

bool tap_address_remove(int fd, int ifindex, const struct tap_address *address,
                        struct tap_failure *failure) {
  return change(fd, ifindex, address, RTM_DELADDR, 0, "remove address", failure);
}

static void append(struct tap_address_list *list, const struct tap_address *address) {
  if (list->count == list->capacity) {
    size_t capacity = list->capacity == 0 ? 8 : list->capacity * 2;
    void *grown = realloc(list->entries, capacity * sizeof *address);
    if (grown == NULL) {
      list->out_of_memory = true;
      return;
    }
    list->entries = grown;
    list->capacity = capacity;
  }
  list->entries[list->count++] = *address;
}

static void visit(const struct nlmsghdr *message, void *context) {
  struct tap_address_list *list = context;
  struct ifaddrmsg *body = NLMSG_DATA(message);
  struct tap_address found = {0};
  if (message->nlmsg_type != RTM_NEWADDR || body->ifa_family != AF_INET ||
      body->ifa_index != (uint32_t)list->ifindex)
    return;
  found.prefix_length = body->ifa_prefixlen;
  int left = (int)IFA_PAYLOAD(message);
  for (struct rtattr *attribute = IFA_RTA(body); RTA_OK(attribute, left);
       attribute = RTA_NEXT(attribute, left)) {
    uint32_t value;
    if (RTA_PAYLOAD(attribute) != sizeof value) continue;
    memcpy(&value, RTA_DATA(attribute), sizeof value);
    if (attribute->rta_type == IFA_LOCAL) found.address = ntohl(value);
    if (attribute->rta_type == IFA_BROADCAST) found.broadcast = ntohl(value);
  }
  append(list, &found);
}

/* Fills the list in the kernel's order. The caller frees its entries, also after a failure. */
bool tap_address_list_get(int fd, int ifindex, struct tap_address_list *list,
                          struct tap_failure *failure) {
  struct tap_message_buffer buffer;
  struct ifaddrmsg body = {.ifa_family = AF_INET, .ifa_index = (uint32_t)ifindex};
  bool done = false;
  memset(list, 0, sizeof *list);
  list->ifindex = ifindex;
  for (int attempt = 0; attempt < DUMP_ATTEMPTS && !done; attempt++) {
    list->count = 0;
    tap_netlink_begin(&buffer, RTM_GETADDR, NLM_F_DUMP, &body, sizeof body);
    done = tap_netlink_run(fd, &buffer, visit, list, "list addresses", failure);
    if (!done && failure->error != EINTR) break;
  }
  if (!done) return false;
  return !list->out_of_memory || tap_fail(failure, "list addresses", ENOMEM);
}
