// The scan as a Node module, on the C interface of Node-API: the same binary loads in every version.

#include <node_api.h>

#include <cstring>
#include <exception>
#include <new>
#include <string>

#include "scan.hpp"

namespace {

using scan::FilterStep;
using scan::Format;
using scan::Layout;
using scan::Scanner;

constexpr size_t ARGUMENTS_MOST = 8;

/** A failed call into Node, which has left an error there or needs one. */
struct Failed {};

void check(napi_status status) {
  if (status != napi_ok) throw Failed();
}

struct Arguments {
  napi_env env;
  napi_value values[ARGUMENTS_MOST];

  Arguments(napi_env env, napi_callback_info info) : env(env) {
    size_t count = ARGUMENTS_MOST;
    check(napi_get_cb_info(env, info, &count, values, nullptr, nullptr));
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

  Scanner& scanner() const {
    void* data;
    check(napi_get_value_external(env, values[0], &data));
    return *(Scanner*)data;
  }
};

template <napi_value (*work)(const Arguments&)>
napi_value guarded(napi_env env, napi_callback_info info) {
  try {
    return work(Arguments(env, info));
  } catch (const Failed&) {
    bool pending = false;
    napi_is_exception_pending(env, &pending);
    if (!pending) napi_throw_type_error(env, nullptr, "arguments that the native scan does not take");
  } catch (const std::bad_alloc&) {
    napi_throw_range_error(env, nullptr, "not enough memory for this search");
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  }
  return nullptr;
}

/** instructions() → name of what this processor would run. */
napi_value instructions(const Arguments& arguments) {
  napi_value name;
  check(napi_create_string_utf8(arguments.env, scan::instructions(nullptr)->name, NAPI_AUTO_LENGTH, &name));
  return name;
}

/** open(layout: Float64Array, instructions?: string) → scanner; null when the processor lacks the instructions. */
napi_value open(const Arguments& arguments) {
  const double* numbers = arguments.array<double>(0);
  Layout layout;
  layout.format = (Format)(uint32_t)numbers[0];
  layout.dim = (uint32_t)numbers[1];
  layout.stride = (size_t)numbers[2];
  layout.queryStride = (size_t)numbers[3];
  layout.blockBytes = (size_t)numbers[4];
  layout.scalesAt = (size_t)numbers[5];
  layout.normsAt = (size_t)numbers[6];
  layout.rowsAt = (size_t)numbers[7];
  layout.blocksAt = (size_t)numbers[8];
  layout.blocksPerSegment = (size_t)numbers[9];
  char name[32] = "";
  if (arguments.given(1)) {
    size_t length;
    check(napi_get_value_string_utf8(arguments.env, arguments.values[1], name, sizeof name, &length));
  }
  napi_value handle;
  const scan::Instructions* with = scan::instructions(name[0] ? name : nullptr);
  if (!with) {
    check(napi_get_null(arguments.env, &handle));
    return handle;
  }
  Scanner* scanner = new Scanner(layout, *with);
  const auto close = [](napi_env, void* data, void*) { delete (Scanner*)data; };
  if (napi_create_external(arguments.env, scanner, close, nullptr, &handle) != napi_ok) {
    delete scanner;
    throw Failed();
  }
  return handle;
}

/** addSegment(scanner, bytes: Uint8Array) */
napi_value addSegment(const Arguments& arguments) {
  arguments.scanner().addSegment(arguments.array<uint8_t>(1));
  return nullptr;
}

/** begin(scanner, queries: Uint8Array, scales: Float32Array, norms: Float32Array, k, program?, allowed?, floors?) */
napi_value begin(const Arguments& arguments) {
  scan::Search search = {};
  search.queries = arguments.array<uint8_t>(1);
  search.scales = arguments.array<float>(2, &search.count);
  search.norms = arguments.array<float>(3);
  search.k = (size_t)arguments.number(4);
  if (arguments.given(5)) {
    size_t bytes;
    search.steps = arguments.array<FilterStep>(5, &bytes);
    search.stepCount = bytes / sizeof(FilterStep);
  }
  if (arguments.given(6)) {
    // An empty bitmap allows nothing, and Node tells no address for it.
    static const uint32_t nothing = 0;
    const uint32_t* allowed = arguments.array<uint32_t>(6, &search.allowedWords);
    search.allowed = search.allowedWords > 0 ? allowed : &nothing;
  }
  if (arguments.given(7)) search.floors = arguments.array<float>(7);
  arguments.scanner().begin(search);
  return nullptr;
}

/** scan(scanner, from, to) */
napi_value scanBlocks(const Arguments& arguments) {
  arguments.scanner().scan((uint64_t)arguments.number(1), (uint64_t)arguments.number(2));
  return nullptr;
}

/** finish(scanner, counts: Uint32Array) */
napi_value finish(const Arguments& arguments) {
  arguments.scanner().finish(arguments.array<uint32_t>(1));
  return nullptr;
}

/** take(scanner, rows: Uint32Array, scores: Float32Array): of all queries, one behind the other */
napi_value take(const Arguments& arguments) {
  arguments.scanner().take(arguments.array<uint32_t>(1), arguments.array<float>(2));
  return nullptr;
}

/** merge(rowsA: Uint32Array, scoresA: Float32Array, rowsB, scoresB, rows, scores): as many as fit into the last two */
napi_value merge(const Arguments& arguments) {
  const auto list = [&](int n) {
    scan::List list;
    list.rows = arguments.array<uint32_t>(n, &list.length);
    list.scores = arguments.array<float>(n + 1);
    return list;
  };
  scan::merge(list(0), list(2), list(4));
  return nullptr;
}

}  // namespace

NAPI_MODULE_INIT() {
  const napi_property_attributes attributes = napi_enumerable;
  const napi_property_descriptor functions[] = {
      {"instructions", nullptr, guarded<instructions>, nullptr, nullptr, nullptr, attributes, nullptr},
      {"open", nullptr, guarded<open>, nullptr, nullptr, nullptr, attributes, nullptr},
      {"addSegment", nullptr, guarded<addSegment>, nullptr, nullptr, nullptr, attributes, nullptr},
      {"begin", nullptr, guarded<begin>, nullptr, nullptr, nullptr, attributes, nullptr},
      {"scan", nullptr, guarded<scanBlocks>, nullptr, nullptr, nullptr, attributes, nullptr},
      {"finish", nullptr, guarded<finish>, nullptr, nullptr, nullptr, attributes, nullptr},
      {"take", nullptr, guarded<take>, nullptr, nullptr, nullptr, attributes, nullptr},
      {"merge", nullptr, guarded<merge>, nullptr, nullptr, nullptr, attributes, nullptr},
  };
  if (napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions) != napi_ok) return nullptr;
  return exports;
}
