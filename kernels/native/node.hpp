// What every native module needs of Node-API: arguments as C++ sees them, and failures as JavaScript does.

#pragma once

#include <node_api.h>

#include <exception>
#include <new>

namespace node {

/** As many as any function takes. */
constexpr size_t ARGUMENTS_MOST = 20;

/** A failed call into Node, which has left an error there or needs one. */
struct Failed {};

inline void check(napi_status status) {
  if (status != napi_ok) throw Failed();
}

struct Arguments {
  napi_env env;
  napi_value values[ARGUMENTS_MOST];
  size_t count = ARGUMENTS_MOST;
  /** What the function was defined with. */
  void* data;

  Arguments(napi_env env, napi_callback_info info) : env(env) {
    check(napi_get_cb_info(env, info, &count, values, nullptr, &data));
  }

  double number(int n) const {
    double value;
    check(napi_get_value_double(env, values[n], &value));
    return value;
  }

  bool given(int n) const {
    napi_valuetype type;
    check(napi_typeof(env, values[n], &type));
    return type != napi_undefined && type != napi_null;
  }

  /** Start of a typed array and how many elements it has; the caller in JavaScript keeps it alive. */
  template <typename Element>
  Element* array(int n, size_t* length = nullptr) const {
    void* data;
    check(napi_get_typedarray_info(env, values[n], nullptr, length, &data, nullptr, nullptr));
    return (Element*)data;
  }

  template <typename Object>
  Object& external(int n) const {
    void* object;
    check(napi_get_value_external(env, values[n], &object));
    return *(Object*)object;
  }
};

template <napi_value (*work)(const Arguments&)>
napi_value guarded(napi_env env, napi_callback_info info) {
  try {
    return work(Arguments(env, info));
  } catch (const Failed&) {
    bool pending = false;
    napi_is_exception_pending(env, &pending);
    if (!pending) napi_throw_type_error(env, nullptr, "arguments that the native kernel does not take");
  } catch (const std::bad_alloc&) {
    napi_throw_range_error(env, nullptr, "not enough memory for the native kernel");
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  }
  return nullptr;
}

}  // namespace node
