// The scan as a Node module, on the C interface of Node-API: the same binary loads in every version.

#include <cstring>
#include <string>

#include "node.hpp"
#include "scan.hpp"

namespace {

using node::Arguments;
using node::check;
using node::Failed;
using node::guarded;
using scan::FilterStep;
using scan::Format;
using scan::Layout;
using scan::Scanner;

Scanner& scannerOf(const Arguments& arguments) { return arguments.external<Scanner>(0); }

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
  layout.plane = {(size_t)numbers[10], (size_t)numbers[11], (size_t)numbers[12], (size_t)numbers[13]};
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

/** addSegment(scanner, bytes: Uint8Array, plane?: Uint8Array) */
napi_value addSegment(const Arguments& arguments) {
  scannerOf(arguments).addSegment(arguments.array<uint8_t>(1), arguments.given(2) ? arguments.array<uint8_t>(2) : nullptr);
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
  scannerOf(arguments).begin(search);
  return nullptr;
}

/** scan(scanner, from, to) */
napi_value scanBlocks(const Arguments& arguments) {
  scannerOf(arguments).scan((uint64_t)arguments.number(1), (uint64_t)arguments.number(2));
  return nullptr;
}

/** finish(scanner, counts: Uint32Array) */
napi_value finish(const Arguments& arguments) {
  scannerOf(arguments).finish(arguments.array<uint32_t>(1));
  return nullptr;
}

/** take(scanner, rows: Uint32Array, scores: Float32Array): of all queries, one behind the other */
napi_value take(const Arguments& arguments) {
  scannerOf(arguments).take(arguments.array<uint32_t>(1), arguments.array<float>(2));
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
