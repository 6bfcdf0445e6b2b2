/* The interface: state, MTU, MAC address, queue, counters (rtnetlink RTM_*LINK). */
#define _GNU_SOURCE
#include "tap.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

struct search {
  struct tap_link *link;
  int ifindex;
  bool found;
};

static uint32_t attribute_u32(const struct rtattr *attribute) {
  uint32_t value = 0;
  if (RTA_PAYLOAD(attribute) >= sizeof value) memcpy(&value, RTA_DATA(attribute), sizeof value);
  return value;
}

static void read_attribute(const struct rtattr *attribute, struct tap_link *link) {
  struct rtnl_link_stats64 statistics;
  size_t length = RTA_PAYLOAD(attribute);
  switch (attribute->rta_type) {
    case IFLA_MTU:
      link->mtu = attribute_u32(attribute);
      break;
    case IFLA_TXQLEN:
      link->queue_length = attribute_u32(attribute);
      break;
    case IFLA_ADDRESS:
      if (length == sizeof link->mac) memcpy(link->mac, RTA_DATA(attribute), length);
      break;
    case IFLA_CARRIER:
      link->carrier = length >= 1 && *(const uint8_t *)RTA_DATA(attribute) != 0;
      break;
    case IFLA_STATS64:
      memset(&statistics, 0, sizeof statistics);
      memcpy(&statistics, RTA_DATA(attribute),
             length < sizeof statistics ? length : sizeof statistics);
      link->dropped = (double)statistics.tx_dropped;
      break;
    default:
      break;
  }
}

static void visit(const struct nlmsghdr *message, void *context) {
  struct search *search = context;
  struct ifinfomsg *body = NLMSG_DATA(message);
  if (message->nlmsg_type != RTM_NEWLINK || body->ifi_index != search->ifindex) return;
  search->found = true;
  search->link->up = (body->ifi_flags & IFF_UP) != 0;
  int left = (int)IFLA_PAYLOAD(message);
  for (struct rtattr *attribute = IFLA_RTA(body); RTA_OK(attribute, left);
       attribute = RTA_NEXT(attribute, left))
    read_attribute(attribute, search->link);
}

bool tap_link_get(int fd, int ifindex, struct tap_link *link, struct tap_failure *failure) {
  struct tap_message_buffer buffer;
  struct ifinfomsg body = {.ifi_family = AF_UNSPEC, .ifi_index = ifindex};
  struct search search = {.link = link, .ifindex = ifindex, .found = false};
  memset(link, 0, sizeof *link);
  tap_netlink_begin(&buffer, RTM_GETLINK, 0, &body, sizeof body);
  if (!tap_netlink_run(fd, &buffer, visit, &search, "read interface", failure)) return false;
  return search.found || tap_fail(failure, "read interface", ENODEV);
}

bool tap_link_set_up(int fd, int ifindex, bool up, struct tap_failure *failure) {
  struct tap_message_buffer buffer;
  struct ifinfomsg body = {.ifi_family = AF_UNSPEC,
                           .ifi_index = ifindex,
                           .ifi_flags = up ? IFF_UP : 0,
                           .ifi_change = IFF_UP};
  tap_netlink_begin(&buffer, RTM_NEWLINK, 0, &body, sizeof body);
  return tap_netlink_run(fd, &buffer, NULL, NULL, up ? "set interface up" : "set interface down",
                         failure);
}

static bool set_attribute(int fd, int ifindex, int type, const void *value, size_t octets,
                          const char *step, struct tap_failure *failure) {
  struct tap_message_buffer buffer;
  struct ifinfomsg body = {.ifi_family = AF_UNSPEC, .ifi_index = ifindex};
  tap_netlink_begin(&buffer, RTM_NEWLINK, 0, &body, sizeof body);
  tap_netlink_attribute(&buffer, type, value, octets);
  return tap_netlink_run(fd, &buffer, NULL, NULL, step, failure);
}

bool tap_link_set_mtu(int fd, int ifindex, uint32_t mtu, struct tap_failure *failure) {
  return set_attribute(fd, ifindex, IFLA_MTU, &mtu, sizeof mtu, "set MTU", failure);
}

bool tap_link_set_queue_length(int fd, int ifindex, uint32_t frames,
                               struct tap_failure *failure) {
  return set_attribute(fd, ifindex, IFLA_TXQLEN, &frames, sizeof frames, "set queue length",
                       failure);
}

bool tap_link_set_mac(int fd, int ifindex, const uint8_t mac[6], struct tap_failure *failure) {
  return set_attribute(fd, ifindex, IFLA_ADDRESS, mac, 6, "set MAC address", failure);
}

/* Keeps the kernel from assigning an IPv6 address, if /proc/sys is read-only, as in containers. */
bool tap_link_stop_ipv6_addresses(int fd, int ifindex, struct tap_failure *failure) {
  /* IFLA_AF_SPEC { AF_INET6 { IFLA_INET6_ADDR_GEN_MODE: u8 } } */
  struct {
    struct rtattr family;
    struct rtattr mode;
    uint8_t value[4];
  } nested = {
      .family = {.rta_len = sizeof nested, .rta_type = AF_INET6 | NLA_F_NESTED},
      .mode = {.rta_len = RTA_LENGTH(1), .rta_type = IFLA_INET6_ADDR_GEN_MODE},
      .value = {IN6_ADDR_GEN_MODE_NONE},
  };
  return set_attribute(fd, ifindex, IFLA_AF_SPEC | NLA_F_NESTED, &nested, sizeof nested,
                       "stop IPv6 addresses", failure);
}
