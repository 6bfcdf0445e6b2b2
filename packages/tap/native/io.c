/*
 * The data path.
 *
 * In: when the event loop finds a queue readable, frames are read one after another into a slab,
 * until EAGAIN or until the batch is full, and JavaScript is called once. A slab is never
 * overwritten: a frame stays valid as long as a view of it exists, and a full slab is left to the
 * garbage collector.
 *
 * Each record starts so that its frame's payload (after the 14 octets of an Ethernet header) is at
 * a multiple of 8, and checksums can be computed over words.
 *
 * Out: JavaScript passes an array of the frames' parts and, in shared memory, a virtio header and
 * the number of parts for each frame. The kernel gathers the parts: nothing is copied before.
 */
#define _GNU_SOURCE
#include "tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* tx_result: the results of the frames of one write, and the octets sent. */
enum { SENT, OCTETS, DROPPED, FAILED, REMOVED };

/*
 * Maximum number of batches in one wake-up. Several, so that the kernel's queue has room for a
 * burst while the event loop does other work; not more, so that this other work gets its turn.
 */
#define WAKE_UP_BATCHES 4

#define RECORD_ALIGNMENT 8u
#define ETHERNET_HEADER_OCTETS 14u
#define MAX_PARTS 64u /* of a frame; the kernel takes 1,024 */

bool tap_uv_supported(void) {
  const char *name = uv_handle_type_name(UV_HANDLE_TYPE_POLL);
  return (uv_version() >> 16) == 1 && name != NULL && strcmp(name, "poll") == 0;
}

/* Start of the next record, given the octets used so far. */
static uint32_t record_start(const struct tap_device *device, uint32_t used) {
  uint32_t before = device->header_octets + ETHERNET_HEADER_OCTETS;
  uint32_t payload = (used + before + RECORD_ALIGNMENT - 1) & ~(RECORD_ALIGNMENT - 1);
  return payload - before;
}

/*
 * The slab to read into, with room for the longest record. Its memory is looked up each time,
 * because a program may have transferred the array buffer.
 */
static uint8_t *current_slab(struct tap_device *device, napi_value *slab) {
  napi_env env = device->env;
  void *data;
  size_t length;
  if (device->slab != NULL) {
    if (record_start(device, device->slab_used) + TAP_RECORD_OCTETS <= TAP_SLAB_OCTETS &&
        napi_get_reference_value(env, device->slab, slab) == napi_ok &&
        napi_get_buffer_info(env, *slab, &data, &length) == napi_ok && length == TAP_SLAB_OCTETS)
      return data;
    napi_delete_reference(env, device->slab);
    device->slab = NULL;
  }
  if (napi_create_buffer(env, TAP_SLAB_OCTETS, &data, slab) != napi_ok ||
      napi_create_reference(env, *slab, 1, &device->slab) != napi_ok)
    return NULL;
  device->slab_used = 0;
  return data;
}

struct batch {
  uint32_t frames;
  uint32_t errors; /* reads that failed or gave no frame */
  bool removed;    /* the interface is gone */
};

static void read_batch(struct tap_queue *queue, uint8_t *slab, struct batch *batch) {
  struct tap_device *device = queue->device;
  while (batch->frames < device->batch_frames) {
    uint32_t start = record_start(device, device->slab_used);
    if (start + TAP_RECORD_OCTETS > TAP_SLAB_OCTETS) break;
    ssize_t length = read(queue->fd, slab + start, TAP_RECORD_OCTETS);
    if (length < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) break;
      if (errno == EBADFD) batch->removed = true;
      batch->errors++;
      break;
    }
    if ((size_t)length <= device->header_octets) {
      batch->errors++;
      continue;
    }
    device->rx_table[2 * batch->frames] = start + device->header_octets;
    device->rx_table[2 * batch->frames + 1] = (uint32_t)length - device->header_octets;
    device->slab_used = start + (uint32_t)length;
    batch->frames++;
  }
}

/* handler(queue, frames, slab, errors, removed) */
static void deliver(struct tap_queue *queue, napi_value slab, const struct batch *batch) {
  struct tap_device *device = queue->device;
  napi_env env = device->env;
  napi_value handler, receiver, arguments[5], error;
  if (napi_get_reference_value(env, device->handler, &handler) != napi_ok ||
      napi_get_global(env, &receiver) != napi_ok ||
      napi_create_uint32(env, queue->index, &arguments[0]) != napi_ok ||
      napi_create_uint32(env, batch->frames, &arguments[1]) != napi_ok ||
      napi_create_uint32(env, batch->errors, &arguments[3]) != napi_ok ||
      napi_get_boolean(env, batch->removed, &arguments[4]) != napi_ok)
    return;
  arguments[2] = slab;
  device->delivering = true;
  napi_status status =
      napi_make_callback(env, device->async, receiver, handler, 5, arguments, NULL);
  device->delivering = false;
  if (device->closed) tap_device_end_async(device);
  if (status == napi_pending_exception &&
      napi_get_and_clear_last_exception(env, &error) == napi_ok)
    napi_fatal_exception(env, error); /* becomes 'uncaughtException', as in any event handler */
}

/* Reads and delivers one batch. Returns true if there may be another. */
static bool read_and_deliver(struct tap_queue *queue, int status) {
  struct tap_device *device = queue->device;
  struct batch batch = {0};
  napi_handle_scope scope;
  napi_value slab;
  if (napi_open_handle_scope(device->env, &scope) != napi_ok) return false;
  uint8_t *memory = current_slab(device, &slab);
  if (memory != NULL) {
    if (status < 0) {
      /* EPOLLERR: the kernel has removed the interface, and libuv has stopped the poll. */
      batch.removed = true;
    } else {
      read_batch(queue, memory, &batch);
      if (batch.removed) uv_poll_stop(queue->poll);
    }
    if (batch.frames > 0 || batch.errors > 0 || batch.removed) deliver(queue, slab, &batch);
  }
  napi_close_handle_scope(device->env, scope);
  return batch.frames == device->batch_frames;
}

static void on_poll(uv_handle_t *poll, int status, int events) {
  struct tap_queue *queue = uv_handle_get_data(poll);
  struct tap_device *device = queue->device;
  (void)events;
  /* The handler may pause or close the device. */
  for (int batches = 0; batches < WAKE_UP_BATCHES && device->reading && !device->closed; batches++)
    if (!read_and_deliver(queue, status)) break;
}

bool tap_io_attach(struct tap_device *device, struct uv_loop_s *loop,
                   struct tap_failure *failure) {
  for (uint32_t index = 0; index < device->queue_count; index++) {
    struct tap_queue *queue = &device->queues[index];
    uv_handle_t *poll = calloc(1, uv_handle_size(UV_HANDLE_TYPE_POLL));
    if (poll == NULL) return tap_fail(failure, "watch device", ENOMEM);
    int result = uv_poll_init(loop, poll, queue->fd);
    if (result != 0) {
      free(poll);
      return tap_fail(failure, "watch device", -result);
    }
    uv_handle_set_data(poll, queue);
    queue->poll = poll;
    device->open_polls++;
  }
  return true;
}

bool tap_io_start(struct tap_device *device, struct tap_failure *failure) {
  for (uint32_t index = 0; index < device->queue_count; index++) {
    int result = uv_poll_start(device->queues[index].poll, UV_EVENT_READABLE, on_poll);
    if (result != 0) return tap_fail(failure, "watch device", -result);
  }
  device->reading = true;
  return true;
}

void tap_io_stop(struct tap_device *device) {
  device->reading = false;
  for (uint32_t index = 0; index < device->queue_count; index++)
    uv_poll_stop(device->queues[index].poll);
}

void tap_io_reference(struct tap_device *device, bool referenced) {
  for (uint32_t index = 0; index < device->queue_count; index++) {
    if (referenced)
      uv_ref(device->queues[index].poll);
    else
      uv_unref(device->queues[index].poll);
  }
}

static void on_closed(uv_handle_t *poll) {
  struct tap_queue *queue = uv_handle_get_data(poll);
  struct tap_device *device = queue->device;
  free(poll);
  device->open_polls--;
  tap_device_free_if_done(device);
}

/* Called before the descriptors are closed, because libuv removes them from its epoll set here. */
void tap_io_close(struct tap_device *device) {
  for (uint32_t index = 0; index < device->queue_count; index++) {
    uv_handle_t *poll = device->queues[index].poll;
    device->queues[index].poll = NULL;
    if (poll != NULL) uv_close(poll, on_closed);
  }
}

/*
 * Writes the frame in parts[1 .. count); parts[0] is for its virtio header. Returns false if the
 * kernel takes no more now; the caller keeps this frame.
 */
static bool write_frame(struct tap_device *device, int fd, uint32_t index, struct iovec *parts,
                        int count, size_t length) {
  ssize_t result;
  parts[0].iov_base = device->tx_headers + (size_t)index * TAP_VIRTIO_HEADER_OCTETS;
  parts[0].iov_len = device->header_octets;
  int first = device->header_octets > 0 ? 0 : 1;
  do {
    result = writev(fd, parts + first, count - first);
  } while (result < 0 && errno == EINTR);
  if (result >= 0) {
    device->tx_result[SENT]++;
    device->tx_result[OCTETS] += (uint32_t)length;
    return true;
  }
  switch (errno) {
    case EAGAIN:
      return false;
    case EIO: /* the interface is down */
    case ENETDOWN:
    case ENOBUFS:
    case ENOMEM:
      device->tx_result[DROPPED]++;
      return true;
    case EBADFD:
      device->tx_result[REMOVED] = 1;
      device->tx_result[DROPPED]++;
      return true;
    default:
      device->tx_result[FAILED]++;
      return true;
  }
}

/* The next part of a frame. */
static bool take_part(napi_env env, napi_value parts, uint32_t at, struct iovec *part) {
  napi_value value;
  napi_typedarray_type type;
  return napi_get_element(env, parts, at, &value) == napi_ok &&
         napi_get_typedarray_info(env, value, &type, &part->iov_len, &part->iov_base, NULL,
                                  NULL) == napi_ok &&
         type == napi_uint8_array;
}

/*
 * Writes count frames in order. Frame i consists of the next tx_part_counts[i] elements of parts,
 * gathered by the kernel. Returns how many are finished.
 */
napi_value tap_io_write(napi_env env, struct tap_device *device, uint32_t queue, napi_value parts,
                        uint32_t count) {
  struct iovec vector[1 + MAX_PARTS];
  napi_value result;
  uint32_t index = 0, next = 0;
  memset(device->tx_result, 0, sizeof(uint32_t) * (REMOVED + 1));
  for (; index < count; index++) {
    uint32_t part_count = device->tx_part_counts[index];
    size_t length = 0;
    if (part_count < 1 || part_count > MAX_PARTS)
      return tap_throw_misuse(env, "a frame is made of too many parts, or of none");
    for (uint32_t part = 1; part <= part_count; part++) {
      if (!take_part(env, parts, next++, &vector[part]))
        return tap_throw_misuse(env, "a part of a frame is not a Uint8Array");
      length += vector[part].iov_len;
    }
    if (!write_frame(device, device->queues[queue].fd, index, vector, (int)part_count + 1, length))
      break;
  }
  if (napi_create_uint32(env, index, &result) != napi_ok) return NULL;
  return result;
}
