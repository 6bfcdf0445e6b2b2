/* The functions that JavaScript calls on an open device. The handle is the first argument. */
#define _GNU_SOURCE
#include "tap.h"

#include <errno.h>
#include <linux/if_tun.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#ifndef TUNSETCARRIER
#define TUNSETCARRIER _IOW('T', 226, int)
#endif
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

static napi_value misuse(napi_env env) {
  return tap_throw_misuse(env, "wrong arguments for a TAP device");
}

static napi_value done_or_throw(napi_env env, bool done, const struct tap_failure *failure) {
  return done ? NULL : tap_throw(env, failure);
}

/* setUp(handle, up) */
static napi_value set_up(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  struct tap_failure failure;
  bool up;
  struct tap_device *device = tap_device_of(env, info, arguments, 2);
  if (device == NULL) return NULL;
  if (napi_get_value_bool(env, arguments[1], &up) != napi_ok) return misuse(env);
  return done_or_throw(env, tap_link_set_up(device->rtnl_fd, device->ifindex, up, &failure),
                       &failure);
}

/* setMtu(handle, octets) */
static napi_value set_mtu(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  struct tap_failure failure;
  uint32_t mtu;
  struct tap_device *device = tap_device_of(env, info, arguments, 2);
  if (device == NULL) return NULL;
  if (napi_get_value_uint32(env, arguments[1], &mtu) != napi_ok) return misuse(env);
  return done_or_throw(env, tap_link_set_mtu(device->rtnl_fd, device->ifindex, mtu, &failure),
                       &failure);
}

/* setQueueLength(handle, frames) */
static napi_value set_queue_length(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  struct tap_failure failure;
  uint32_t frames;
  struct tap_device *device = tap_device_of(env, info, arguments, 2);
  if (device == NULL) return NULL;
  if (napi_get_value_uint32(env, arguments[1], &frames) != napi_ok) return misuse(env);
  return done_or_throw(
      env, tap_link_set_queue_length(device->rtnl_fd, device->ifindex, frames, &failure),
      &failure);
}

/* setMac(handle, Uint8Array(6)) */
static napi_value set_mac(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  struct tap_failure failure;
  napi_typedarray_type type;
  size_t length;
  void *octets;
  struct tap_device *device = tap_device_of(env, info, arguments, 2);
  if (device == NULL) return NULL;
  if (napi_get_typedarray_info(env, arguments[1], &type, &length, &octets, NULL, NULL) != napi_ok ||
      type != napi_uint8_array || length != 6)
    return misuse(env);
  return done_or_throw(env, tap_link_set_mac(device->rtnl_fd, device->ifindex, octets, &failure),
                       &failure);
}

/* setCarrier(handle, on): as if a cable were plugged in or pulled out */
static napi_value set_carrier(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  struct tap_failure failure;
  bool on;
  struct tap_device *device = tap_device_of(env, info, arguments, 2);
  if (device == NULL) return NULL;
  if (napi_get_value_bool(env, arguments[1], &on) != napi_ok) return misuse(env);
  int carrier = on;
  bool done = ioctl(device->queues[0].fd, TUNSETCARRIER, &carrier) == 0 ||
              tap_fail(&failure, "TUNSETCARRIER", errno);
  return done_or_throw(env, done, &failure);
}

/*
 * setOffload(handle, checksum, segmentation): whether the kernel may send partial checksums, and
 * super-frames. Returns whether UDP super-frames are possible. Linux before 6.2 has none; later
 * versions want both address families requested at once.
 */
static napi_value set_offload(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  struct tap_failure failure;
  bool checksum, segmentation;
  struct tap_device *device = tap_device_of(env, info, arguments, 3);
  if (device == NULL) return NULL;
  if (napi_get_value_bool(env, arguments[1], &checksum) != napi_ok ||
      napi_get_value_bool(env, arguments[2], &segmentation) != napi_ok)
    return misuse(env);
  int fd = device->queues[0].fd;
  unsigned long offload =
      (checksum ? TUN_F_CSUM : 0) | (segmentation ? TUN_F_TSO4 | TUN_F_TSO_ECN : 0);
  bool datagrams =
      segmentation && ioctl(fd, TUNSETOFFLOAD, offload | TUN_F_USO4 | TUN_F_USO6) == 0;
  bool done = datagrams || ioctl(fd, TUNSETOFFLOAD, offload) == 0 ||
              tap_fail(&failure, "TUNSETOFFLOAD", errno);
  napi_value result;
  if (!done) return tap_throw(env, &failure);
  return napi_get_boolean(env, datagrams, &result) == napi_ok ? result : NULL;
}

static bool put_number(napi_env env, napi_value object, const char *key, double number) {
  napi_value value;
  return napi_create_double(env, number, &value) == napi_ok &&
         napi_set_named_property(env, object, key, value) == napi_ok;
}

static bool put_truth(napi_env env, napi_value object, const char *key, bool truth) {
  napi_value value;
  return napi_get_boolean(env, truth, &value) == napi_ok &&
         napi_set_named_property(env, object, key, value) == napi_ok;
}

/* link(handle) -> {up, carrier, mtu, queueLength, dropped, mac: Buffer} */
static napi_value get_link(napi_env env, napi_callback_info info) {
  napi_value arguments[1], object, mac;
  struct tap_failure failure;
  struct tap_link link;
  struct tap_device *device = tap_device_of(env, info, arguments, 1);
  if (device == NULL) return NULL;
  if (!tap_link_get(device->rtnl_fd, device->ifindex, &link, &failure))
    return tap_throw(env, &failure);
  if (napi_create_object(env, &object) != napi_ok ||
      !put_truth(env, object, "up", link.up) || !put_truth(env, object, "carrier", link.carrier) ||
      !put_number(env, object, "mtu", link.mtu) ||
      !put_number(env, object, "queueLength", link.queue_length) ||
      !put_number(env, object, "dropped", link.dropped) ||
      napi_create_buffer_copy(env, sizeof link.mac, link.mac, NULL, &mac) != napi_ok ||
      napi_set_named_property(env, object, "mac", mac) != napi_ok)
    return NULL;
  return object;
}

/* The device and the address in (handle, address, prefixLength, broadcast); NULL after throwing. */
static struct tap_device *address_arguments(napi_env env, napi_callback_info info,
                                            struct tap_address *address) {
  napi_value arguments[4];
  uint32_t prefix_length;
  struct tap_device *device = tap_device_of(env, info, arguments, 4);
  if (device == NULL) return NULL;
  if (napi_get_value_uint32(env, arguments[1], &address->address) != napi_ok ||
      napi_get_value_uint32(env, arguments[2], &prefix_length) != napi_ok ||
      napi_get_value_uint32(env, arguments[3], &address->broadcast) != napi_ok) {
    misuse(env);
    return NULL;
  }
  address->prefix_length = (uint8_t)prefix_length;
  return device;
}

static napi_value add_address(napi_env env, napi_callback_info info) {
  struct tap_failure failure;
  struct tap_address address;
  struct tap_device *device = address_arguments(env, info, &address);
  if (device == NULL) return NULL;
  return done_or_throw(env, tap_address_add(device->rtnl_fd, device->ifindex, &address, &failure),
                       &failure);
}

static napi_value remove_address(napi_env env, napi_callback_info info) {
  struct tap_failure failure;
  struct tap_address address;
  struct tap_device *device = address_arguments(env, info, &address);
  if (device == NULL) return NULL;
  return done_or_throw(
      env, tap_address_remove(device->rtnl_fd, device->ifindex, &address, &failure), &failure);
}

static bool put_address(napi_env env, napi_value array, uint32_t index,
                        const struct tap_address *address) {
  napi_value object;
  return napi_create_object(env, &object) == napi_ok &&
         put_number(env, object, "address", address->address) &&
         put_number(env, object, "prefixLength", address->prefix_length) &&
         put_number(env, object, "broadcast", address->broadcast) &&
         napi_set_element(env, array, index, object) == napi_ok;
}

/* addresses(handle) -> [{address, prefixLength, broadcast}] */
static napi_value list_addresses(napi_env env, napi_callback_info info) {
  napi_value arguments[1], array = NULL;
  struct tap_failure failure;
  struct tap_address_list list;
  struct tap_device *device = tap_device_of(env, info, arguments, 1);
  if (device == NULL) return NULL;
  if (!tap_address_list_get(device->rtnl_fd, device->ifindex, &list, &failure)) {
    tap_throw(env, &failure);
  } else if (napi_create_array(env, &array) == napi_ok) {
    for (uint32_t index = 0; index < list.count; index++)
      if (!put_address(env, array, index, &list.entries[index])) break;
  }
  free(list.entries);
  return array;
}

static napi_value start(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  struct tap_failure failure;
  struct tap_device *device = tap_device_of(env, info, arguments, 1);
  if (device == NULL) return NULL;
  return done_or_throw(env, tap_io_start(device, &failure), &failure);
}

static napi_value stop(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  struct tap_device *device = tap_device_of(env, info, arguments, 1);
  if (device != NULL) tap_io_stop(device);
  return NULL;
}

/* reference(handle, referenced): whether an open device keeps the event loop running */
static napi_value reference(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  bool referenced;
  struct tap_device *device = tap_device_of(env, info, arguments, 2);
  if (device == NULL) return NULL;
  if (napi_get_value_bool(env, arguments[1], &referenced) != napi_ok) return misuse(env);
  tap_io_reference(device, referenced);
  return NULL;
}

/* write(handle, queue, parts, count) -> frames finished; see io.c for the shared memory */
static napi_value write_frames(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  uint32_t queue, count;
  struct tap_device *device = tap_device_of(env, info, arguments, 4);
  if (device == NULL) return NULL;
  if (napi_get_value_uint32(env, arguments[1], &queue) != napi_ok ||
      queue >= device->queue_count ||
      napi_get_value_uint32(env, arguments[3], &count) != napi_ok ||
      count > device->tx_headers_frames)
    return misuse(env);
  return tap_io_write(env, device, queue, arguments[2], count);
}

bool tap_control_define(napi_env env, napi_value exports) {
  return tap_define(env, exports, "setUp", set_up) &&
         tap_define(env, exports, "setMtu", set_mtu) &&
         tap_define(env, exports, "setQueueLength", set_queue_length) &&
         tap_define(env, exports, "setMac", set_mac) &&
         tap_define(env, exports, "setCarrier", set_carrier) &&
         tap_define(env, exports, "setOffload", set_offload) &&
         tap_define(env, exports, "link", get_link) &&
         tap_define(env, exports, "addAddress", add_address) &&
         tap_define(env, exports, "removeAddress", remove_address) &&
         tap_define(env, exports, "addresses", list_addresses) &&
         tap_define(env, exports, "start", start) && tap_define(env, exports, "stop", stop) &&
         tap_define(env, exports, "reference", reference) &&
         tap_define(env, exports, "write", write_frames);
}
