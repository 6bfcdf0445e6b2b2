/*
 * The life of one device on the native side. Its memory is freed when JavaScript's handle is gone
 * and libuv has closed all poll handles, whichever comes last.
 */
#define _GNU_SOURCE
#include "tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Marks our handles, so that objects of other addons are refused. */
static const napi_type_tag DEVICE_TAG = {0x7374726174615f74, 0x61705f6465766963};

void tap_device_free_if_done(struct tap_device *device) {
  if (device->open_polls > 0) return;
  napi_async_cleanup_hook_handle cleanup = device->cleanup;
  device->cleanup = NULL;
  if (device->finalized) {
    free(device->queues);
    free(device);
  }
  /*
   * This call comes last: when the environment ends it runs on_collected, which may free the
   * device.
   */
  if (cleanup != NULL) napi_remove_async_cleanup_hook(cleanup);
}

static void delete_reference(napi_env env, napi_ref *reference) {
  if (*reference != NULL) napi_delete_reference(env, *reference);
  *reference = NULL;
}

/* Closes the device if it is open. libuv's handles are freed in its loop's next turn. */
void tap_device_shut(struct tap_device *device) {
  if (device->closed) return;
  device->closed = true;
  tap_io_close(device);
  tap_release(device);
  delete_reference(device->env, &device->handler);
  delete_reference(device->env, &device->slab);
  delete_reference(device->env, &device->rx_table_ref);
  delete_reference(device->env, &device->tx_headers_ref);
  delete_reference(device->env, &device->tx_part_counts_ref);
  delete_reference(device->env, &device->tx_result_ref);
  tap_device_end_async(device);
}

/* Not during a callback that uses it: io.c then calls this after the callback. */
void tap_device_end_async(struct tap_device *device) {
  if (device->delivering || device->async == NULL) return;
  napi_async_destroy(device->env, device->async);
  device->async = NULL;
}

static void on_environment_ends(napi_async_cleanup_hook_handle handle, void *data) {
  struct tap_device *device = data;
  (void)handle;
  tap_device_shut(device);
  if (device->open_polls == 0) tap_device_free_if_done(device);
}

static void on_collected(napi_env env, void *data, void *hint) {
  struct tap_device *device = data;
  (void)env;
  (void)hint;
  tap_device_shut(device);
  device->finalized = true;
  tap_device_free_if_done(device);
}

struct tap_device *tap_device_of(napi_env env, napi_callback_info info, napi_value *arguments,
                                 size_t wanted) {
  size_t count = wanted;
  bool ours = false;
  void *device = NULL;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count < wanted ||
      napi_check_object_type_tag(env, arguments[0], &DEVICE_TAG, &ours) != napi_ok || !ours ||
      napi_unwrap(env, arguments[0], &device) != napi_ok) {
    tap_throw_misuse(env, "wrong arguments for a TAP device");
    return NULL;
  }
  if (((struct tap_device *)device)->closed) {
    struct tap_failure failure;
    tap_fail(&failure, "use closed device", EBADF);
    tap_throw(env, &failure);
    return NULL;
  }
  return device;
}

static bool text_of(napi_env env, napi_value object, const char *key, char *text, size_t size) {
  napi_value value;
  size_t length;
  return napi_get_named_property(env, object, key, &value) == napi_ok &&
         napi_get_value_string_utf8(env, value, text, size, &length) == napi_ok;
}

static bool number_of(napi_env env, napi_value object, const char *key, uint32_t *number) {
  napi_value value;
  return napi_get_named_property(env, object, key, &value) == napi_ok &&
         napi_get_value_uint32(env, value, number) == napi_ok;
}

static bool truth_of(napi_env env, napi_value object, const char *key, bool *truth) {
  napi_value value;
  return napi_get_named_property(env, object, key, &value) == napi_ok &&
         napi_get_value_bool(env, value, truth) == napi_ok;
}

/* Memory shared with JavaScript for the device's life. */
static bool share(napi_env env, napi_value object, const char *key, napi_typedarray_type wanted,
                  size_t least, void **data, size_t *length, napi_ref *reference) {
  napi_value value;
  napi_typedarray_type type;
  return napi_get_named_property(env, object, key, &value) == napi_ok &&
         napi_get_typedarray_info(env, value, &type, length, data, NULL, NULL) == napi_ok &&
         type == wanted && *length >= least &&
         napi_create_reference(env, value, 1, reference) == napi_ok;
}

static bool read_options(napi_env env, napi_value from, struct tap_device *device,
                         struct tap_open_options *options) {
  napi_value handler;
  void *data;
  size_t length;
  if (!text_of(env, from, "name", options->name, sizeof options->name) ||
      !text_of(env, from, "netns", device->namespace.name, sizeof device->namespace.name) ||
      !number_of(env, from, "queues", &options->queues) || options->queues < 1 ||
      options->queues > TAP_MAX_QUEUES ||
      !number_of(env, from, "batchFrames", &device->batch_frames) || device->batch_frames < 1 ||
      !truth_of(env, from, "virtioHeader", &options->virtio_header) ||
      !truth_of(env, from, "disableIpv6", &options->disable_ipv6) ||
      napi_get_named_property(env, from, "handler", &handler) != napi_ok ||
      napi_create_reference(env, handler, 1, &device->handler) != napi_ok)
    return false;
  if (!share(env, from, "rxTable", napi_uint32_array, 2 * (size_t)device->batch_frames, &data,
             &length, &device->rx_table_ref))
    return false;
  device->rx_table = data;
  if (!share(env, from, "txHeaders", napi_uint8_array, TAP_VIRTIO_HEADER_OCTETS, &data, &length,
             &device->tx_headers_ref))
    return false;
  device->tx_headers = data;
  device->tx_headers_frames = (uint32_t)(length / TAP_VIRTIO_HEADER_OCTETS);
  if (!share(env, from, "txPartCounts", napi_uint32_array, device->tx_headers_frames, &data,
             &length, &device->tx_part_counts_ref))
    return false;
  device->tx_part_counts = data;
  if (!share(env, from, "txResult", napi_uint32_array, 5, &data, &length, &device->tx_result_ref))
    return false;
  device->tx_result = data;
  return true;
}

static bool start_life(napi_env env, struct tap_device *device, napi_value *handle) {
  napi_value name;
  if (napi_create_string_utf8(env, "strata:tap", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_async_init(env, NULL, name, &device->async) != napi_ok ||
      napi_create_object(env, handle) != napi_ok ||
      napi_type_tag_object(env, *handle, &DEVICE_TAG) != napi_ok ||
      napi_add_async_cleanup_hook(env, on_environment_ends, device, &device->cleanup) != napi_ok)
    return false;
  return napi_wrap(env, *handle, device, on_collected, NULL, NULL) == napi_ok;
}

static bool describe(napi_env env, napi_value handle, const struct tap_device *device) {
  napi_value value;
  return napi_create_string_utf8(env, device->name, NAPI_AUTO_LENGTH, &value) == napi_ok &&
         napi_set_named_property(env, handle, "name", value) == napi_ok &&
         napi_create_int32(env, device->ifindex, &value) == napi_ok &&
         napi_set_named_property(env, handle, "ifIndex", value) == napi_ok &&
         napi_get_boolean(env, device->persistent, &value) == napi_ok &&
         napi_set_named_property(env, handle, "persistent", value) == napi_ok &&
         napi_get_boolean(env, device->namespace.created, &value) == napi_ok &&
         napi_set_named_property(env, handle, "createdNamespace", value) == napi_ok;
}

/* Frees a device that has no handle yet. */
static void discard(struct tap_device *device) {
  tap_device_shut(device);
  device->finalized = true;
  tap_device_free_if_done(device);
}

/* open(options) -> handle {name, ifIndex, persistent, createdNamespace} */
napi_value tap_device_open(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value from, handle;
  struct uv_loop_s *loop;
  struct tap_open_options options;
  struct tap_failure failure;
  struct tap_device *device = calloc(1, sizeof *device);
  if (device == NULL) return tap_throw_misuse(env, "out of memory");
  device->env = env;
  device->rtnl_fd = -1;
  memset(&options, 0, sizeof options);
  if (napi_get_cb_info(env, info, &count, &from, NULL, NULL) != napi_ok || count < 1 ||
      napi_get_uv_event_loop(env, &loop) != napi_ok || !read_options(env, from, device, &options)) {
    discard(device);
    return tap_throw_misuse(env, "wrong options for a TAP device");
  }
  if (!tap_open(device, &options, &failure) || !tap_io_attach(device, loop, &failure)) {
    discard(device);
    return tap_throw(env, &failure);
  }
  if (!start_life(env, device, &handle)) {
    discard(device);
    return tap_throw_misuse(env, "the handle of a TAP device cannot be made");
  }
  if (!describe(env, handle, device)) return NULL;
  return handle;
}

/* close(handle): everything is done when it returns, so that it may run in an exit handler. */
napi_value tap_device_close(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  struct tap_device *device = tap_device_of(env, info, arguments, 1);
  if (device != NULL) tap_device_shut(device);
  return NULL;
}
