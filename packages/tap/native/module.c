/* The addon's entry: open, close, probe, and the functions of control.c. */
#define _GNU_SOURCE
#include "tap.h"

bool tap_define(napi_env env, napi_value exports, const char *name, napi_callback callback) {
  napi_value function;
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, NULL, &function) == napi_ok &&
         napi_set_named_property(env, exports, name, function) == napi_ok;
}

/* probe(): throws the error that opening a device would throw */
static napi_value probe(napi_env env, napi_callback_info info) {
  struct tap_failure failure;
  (void)info;
  return tap_probe(&failure) ? NULL : tap_throw(env, &failure);
}

NAPI_MODULE_INIT() {
  if (!tap_uv_supported())
    return tap_throw_misuse(env, "this Node.js has another libuv than version 1");
  if (!tap_define(env, exports, "open", tap_device_open) ||
      !tap_define(env, exports, "close", tap_device_close) ||
      !tap_define(env, exports, "probe", probe) || !tap_control_define(env, exports))
    return NULL;
  return exports;
}
