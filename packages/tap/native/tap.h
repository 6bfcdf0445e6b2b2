/*
 * Declarations shared by the parts of the driver. See module.c for the functions that JavaScript
 * calls.
 */
#ifndef STRATA_TAP_H
#define STRATA_TAP_H

#define NAPI_VERSION 8

#include <net/if.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "uv-abi.h"

/* One slab holds the frames of many batches; see io.c. */
#define TAP_SLAB_OCTETS (1u << 20)
/* The longest record: virtio header, Ethernet header with a VLAN tag, and 64 KiB of packet. */
#define TAP_RECORD_OCTETS (10u + 18u + 65536u)
#define TAP_VIRTIO_HEADER_OCTETS 10u
#define TAP_NETNS_NAME_OCTETS 256
#define TAP_MAX_QUEUES 256u

/* The step that failed, its errno and, if the kernel sent one, its message. */
struct tap_failure {
  const char *step;
  int error;
  char detail[160];
};

/* A network namespace that is bound to a name in /run/netns. */
struct tap_namespace {
  char name[TAP_NETNS_NAME_OCTETS]; /* empty: the namespace of the calling thread */
  bool created;                     /* by us, so that we remove it */
  dev_t device;                     /* identity of what we bound, so that we remove no other */
  ino_t inode;
};

struct tap_device;

struct tap_queue {
  struct tap_device *device;
  uv_handle_t *poll; /* NULL once closed */
  uint32_t index;
  int fd;
};

struct tap_device {
  napi_env env;
  struct tap_queue *queues;
  uint32_t queue_count;
  uint32_t header_octets; /* 10 with IFF_VNET_HDR, else 0 */
  uint32_t batch_frames;
  int rtnl_fd; /* made in the interface's namespace, so control needs no setns afterwards */
  int ifindex;
  char name[IFNAMSIZ];
  bool persistent;
  struct tap_namespace namespace;

  napi_ref handler;
  napi_async_context async;
  napi_async_cleanup_hook_handle cleanup;
  napi_ref slab;
  uint32_t slab_used;

  /* Memory that JavaScript shares with us for the device's life. */
  napi_ref rx_table_ref, tx_headers_ref, tx_part_counts_ref, tx_result_ref;
  uint32_t *rx_table;  /* offset, length of each frame of a batch */
  uint8_t *tx_headers; /* one virtio header a frame */
  uint32_t tx_headers_frames;
  uint32_t *tx_part_counts; /* of how many parts each frame is made */
  uint32_t *tx_result; /* see io.c */

  bool reading;
  bool closed;
  bool delivering;      /* JavaScript's handler is running */
  bool finalized;       /* the JavaScript handle is gone */
  uint32_t open_polls;  /* libuv still owns these handles */
};

struct tap_open_options {
  char name[IFNAMSIZ];
  uint32_t queues;
  bool virtio_header;
  bool disable_ipv6;
};

/* failure.c */
bool tap_fail(struct tap_failure *failure, const char *step, int error);
napi_value tap_throw(napi_env env, const struct tap_failure *failure);
napi_value tap_throw_misuse(napi_env env, const char *message);

/* namespace.c: both act on the calling thread */
bool tap_namespace_enter(struct tap_namespace *namespace, struct tap_failure *failure);
void tap_namespace_remove(const struct tap_namespace *namespace);

/* open.c */
bool tap_open(struct tap_device *device, const struct tap_open_options *options,
              struct tap_failure *failure);
void tap_release(struct tap_device *device);
bool tap_probe(struct tap_failure *failure);

/* netlink.c */
/* One rtnetlink request under construction. */
struct tap_message_buffer {
  uint64_t octets[64];
};
struct nlmsghdr;
typedef void (*tap_netlink_visitor)(const struct nlmsghdr *message, void *context);
int tap_netlink_open(void);
void tap_netlink_begin(struct tap_message_buffer *buffer, int type, int flags, const void *body,
                       size_t body_octets);
void tap_netlink_attribute(struct tap_message_buffer *buffer, int type, const void *value,
                           size_t octets);
bool tap_netlink_run(int fd, struct tap_message_buffer *buffer, tap_netlink_visitor visitor,
                     void *context, const char *step, struct tap_failure *failure);

/* link.c */
struct tap_link {
  bool up, carrier;
  uint32_t mtu, queue_length;
  uint8_t mac[6];
  double dropped; /* frames that the kernel dropped since our queue was full */
};
bool tap_link_get(int fd, int ifindex, struct tap_link *link, struct tap_failure *failure);
bool tap_link_set_up(int fd, int ifindex, bool up, struct tap_failure *failure);
bool tap_link_set_mtu(int fd, int ifindex, uint32_t mtu, struct tap_failure *failure);
bool tap_link_set_queue_length(int fd, int ifindex, uint32_t frames, struct tap_failure *failure);
bool tap_link_set_mac(int fd, int ifindex, const uint8_t mac[6], struct tap_failure *failure);
bool tap_link_stop_ipv6_addresses(int fd, int ifindex, struct tap_failure *failure);

/* address.c: addresses in host byte order; broadcast 0: none */
struct tap_address {
  uint32_t address, broadcast;
  uint8_t prefix_length;
};
struct tap_address_list {
  struct tap_address *entries;
  size_t count, capacity;
  int ifindex;
  bool out_of_memory;
};
bool tap_address_add(int fd, int ifindex, const struct tap_address *address,
                     struct tap_failure *failure);
bool tap_address_remove(int fd, int ifindex, const struct tap_address *address,
                        struct tap_failure *failure);
bool tap_address_list_get(int fd, int ifindex, struct tap_address_list *list,
                          struct tap_failure *failure);

/* io.c */
napi_value tap_io_write(napi_env env, struct tap_device *device, uint32_t queue, napi_value frames,
                        uint32_t count);
bool tap_io_attach(struct tap_device *device, struct uv_loop_s *loop, struct tap_failure *failure);
bool tap_io_start(struct tap_device *device, struct tap_failure *failure);
void tap_io_stop(struct tap_device *device);
void tap_io_reference(struct tap_device *device, bool referenced);
void tap_io_close(struct tap_device *device);
bool tap_uv_supported(void);

/* device.c: life of the native side of one device */
napi_value tap_device_open(napi_env env, napi_callback_info info);
napi_value tap_device_close(napi_env env, napi_callback_info info);
void tap_device_shut(struct tap_device *device);
void tap_device_end_async(struct tap_device *device);
void tap_device_free_if_done(struct tap_device *device);
/*
 * The device in a call's first argument, if there are at least `wanted` arguments; NULL after
 * throwing.
 */
struct tap_device *tap_device_of(napi_env env, napi_callback_info info, napi_value *arguments,
                                 size_t wanted);

/* control.c: registers its functions on the exports */
bool tap_control_define(napi_env env, napi_value exports);

/* module.c */
bool tap_define(napi_env env, napi_value exports, const char *name, napi_callback callback);

#endif
