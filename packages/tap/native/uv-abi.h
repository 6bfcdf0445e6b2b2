/*
 * The part of libuv's public ABI that the driver uses.
 *
 * uv.h is not in the npm package node-api-headers, and Debian ships it in a package of its own, so
 * the driver declares these functions itself. They belong to libuv 1's stable ABI (Node 20 to 24
 * have it); tap_uv_supported() asks the running library for its version before anything is used.
 * Handles are opaque: their size comes from uv_handle_size().
 *
 * Polling on the event loop's own epoll costs no thread switch for a frame; a reader thread of
 * our own would cost two.
 */
#ifndef STRATA_TAP_UV_ABI_H
#define STRATA_TAP_UV_ABI_H

#include <stddef.h>

struct uv_loop_s;
typedef struct uv_handle_s uv_handle_t;

/* uv_handle_type: UV_UNKNOWN_HANDLE is 0, and poll is the eighth after it in every libuv 1. */
#define UV_HANDLE_TYPE_POLL 8
/* enum uv_poll_event */
#define UV_EVENT_READABLE 1

typedef void (*uv_poll_callback)(uv_handle_t *handle, int status, int events);
typedef void (*uv_close_callback)(uv_handle_t *handle);

extern unsigned int uv_version(void);
extern size_t uv_handle_size(int type);
extern const char *uv_handle_type_name(int type);
extern void uv_handle_set_data(uv_handle_t *handle, void *data);
extern void *uv_handle_get_data(const uv_handle_t *handle);
extern int uv_poll_init(struct uv_loop_s *loop, uv_handle_t *handle, int fd);
extern int uv_poll_start(uv_handle_t *handle, int events, uv_poll_callback callback);
extern int uv_poll_stop(uv_handle_t *handle);
extern void uv_ref(uv_handle_t *handle);
extern void uv_unref(uv_handle_t *handle);
extern void uv_close(uv_handle_t *handle, uv_close_callback callback);

#endif
