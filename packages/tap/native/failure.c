/* Failures for JavaScript: an Error with `step`, `errno` and `detail`. */
#define _GNU_SOURCE
#include "tap.h"

#include <stdio.h>
#include <string.h>

/* Records a failure and returns false, so that callers can `return tap_fail(...)`. */
bool tap_fail(struct tap_failure *failure, const char *step, int error) {
  failure->step = step;
  failure->error = error;
  failure->detail[0] = '\0';
  return false;
}

napi_value tap_throw(napi_env env, const struct tap_failure *failure) {
  char text[256];
  napi_value message, error, value;
  snprintf(text, sizeof text, "%s: %s", failure->step, strerror(failure->error));
  if (napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &message) != napi_ok ||
      napi_create_error(env, NULL, message, &error) != napi_ok)
    return NULL;
  if (napi_create_string_utf8(env, failure->step, NAPI_AUTO_LENGTH, &value) == napi_ok)
    napi_set_named_property(env, error, "step", value);
  if (napi_create_int32(env, failure->error, &value) == napi_ok)
    napi_set_named_property(env, error, "errno", value);
  if (napi_create_string_utf8(env, failure->detail, NAPI_AUTO_LENGTH, &value) == napi_ok)
    napi_set_named_property(env, error, "detail", value);
  napi_throw(env, error);
  return NULL;
}

/* The TypeScript side checks its arguments first, so this shows a bug there. */
napi_value tap_throw_misuse(napi_env env, const char *message) {
  napi_throw_type_error(env, "ERR_TAP_ADDON_MISUSE", message);
  return NULL;
}
