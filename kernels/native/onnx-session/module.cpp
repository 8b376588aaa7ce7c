// Sessions of ONNX Runtime that write into given arrays, as a Node module.

#include <cstring>
#include <memory>
#include <stdexcept>

#include "../node.hpp"
#include "session.hpp"

namespace {

using node::Arguments;
using node::check;
using node::Failed;
using node::guarded;
using onnx::Array;
using onnx::Config;
using onnx::Model;
using onnx::Port;
using onnx::Session;

/** What JavaScript holds; empty once it is closed. */
using Handle = std::unique_ptr<Session>;

std::string textOf(const Arguments& arguments, int n) {
  size_t length;
  check(napi_get_value_string_utf8(arguments.env, arguments.values[n], nullptr, 0, &length));
  std::string text(length, '\0');
  check(napi_get_value_string_utf8(arguments.env, arguments.values[n], &text[0], length + 1, &length));
  return text;
}

/** Texts that a zero ends, each. */
std::vector<std::string> textsOf(const Arguments& arguments, int n) {
  const std::string all = textOf(arguments, n);
  std::vector<std::string> texts;
  for (size_t from = 0, end; (end = all.find('\0', from)) != std::string::npos; from = end + 1)
    texts.push_back(all.substr(from, end - from));
  return texts;
}

/** Names and their types. */
std::vector<Port> portsOf(const Arguments& arguments, int n) {
  const std::vector<std::string> names = textsOf(arguments, n);
  size_t count;
  const int32_t* types = arguments.array<int32_t>(n + 1, &count);
  if (names.size() != count) throw std::runtime_error("names and types differ in number");
  std::vector<Port> ports;
  for (size_t k = 0; k < count; k++) ports.push_back({names[k], types[k]});
  return ports;
}

/** Keys, each before its value. */
Config configOf(const Arguments& arguments, int n) {
  const std::vector<std::string> texts = textsOf(arguments, n);
  Config config;
  for (size_t k = 0; k + 1 < texts.size(); k += 2) config.emplace_back(texts[k], texts[k + 1]);
  return config;
}

/** Typed arrays, and one behind the other their numbers of axes, each before its sizes. */
std::vector<Array> arraysOf(const Arguments& arguments, int n, size_t wanted) {
  uint32_t count;
  check(napi_get_array_length(arguments.env, arguments.values[n], &count));
  size_t left;
  const double* sizes = arguments.array<double>(n + 1, &left);
  if (count != wanted) throw std::runtime_error("arrays and names differ in number");
  std::vector<Array> arrays(count);
  for (uint32_t k = 0; k < count; k++) {
    Array& array = arrays[k];
    napi_value element, buffer;
    napi_typedarray_type type;
    size_t length, offset;
    check(napi_get_element(arguments.env, arguments.values[n], k, &element));
    check(napi_get_typedarray_info(arguments.env, element, &type, &length, &array.data, &buffer, &offset));
    static constexpr size_t BYTES[] = {1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8};
    array.bytes = length * BYTES[type];
    if (left < 1 || left < 1 + (size_t)sizes[0]) throw std::runtime_error("fewer sizes than arrays");
    const size_t axes = (size_t)sizes[0];
    array.dims.assign(sizes + 1, sizes + 1 + axes);
    sizes += 1 + axes;
    left -= 1 + axes;
    // An empty array has no address, which ONNX Runtime takes for an error.
    static double nothing;
    if (!array.data) array.data = &nothing;
  }
  return arrays;
}

/** knows(library) → whether it is loaded, and new enough */
napi_value knows(const Arguments& arguments) {
  napi_value known;
  check(napi_get_boolean(arguments.env, runtime::open(textOf(arguments, 0).c_str()) != nullptr, &known));
  return known;
}

/**
 * open(library, model: Uint8Array or path, threads, config, inputNames, inputTypes: Int32Array, outputNames, outputTypes)
 * → handle
 */
napi_value open(const Arguments& arguments) {
  napi_value handle;
  const void* const* table = runtime::open(textOf(arguments, 0).c_str());
  if (!table) throw std::runtime_error("there is no such library");
  Model model;
  napi_valuetype type;
  check(napi_typeof(arguments.env, arguments.values[1], &type));
  if (type == napi_string) model.path = textOf(arguments, 1);
  else model.data = arguments.array<uint8_t>(1, &model.bytes);
  auto session = std::make_unique<Handle>(
      new Session(table, model, (int)arguments.number(2), configOf(arguments, 3), portsOf(arguments, 4),
                  portsOf(arguments, 6)));
  const auto close = [](napi_env, void* data, void*) { delete (Handle*)data; };
  check(napi_create_external(arguments.env, session.get(), close, nullptr, &handle));
  session.release();
  return handle;
}

/** run(handle, inputs: TypedArray[], inputSizes: Float64Array, outputs: TypedArray[], outputSizes: Float64Array) */
napi_value run(const Arguments& arguments) {
  Session* session = arguments.external<Handle>(0).get();
  if (!session) throw std::runtime_error("the session is closed");
  session->run(arraysOf(arguments, 1, session->inputs().size()), arraysOf(arguments, 3, session->outputs().size()));
  return nullptr;
}

/** close(handle) */
napi_value close(const Arguments& arguments) {
  arguments.external<Handle>(0).reset();
  return nullptr;
}

}  // namespace

NAPI_MODULE_INIT() {
  const napi_property_attributes attributes = napi_enumerable;
  const napi_property_descriptor functions[] = {
      {"knows", nullptr, guarded<knows>, nullptr, nullptr, nullptr, attributes, nullptr},
      {"open", nullptr, guarded<open>, nullptr, nullptr, nullptr, attributes, nullptr},
      {"run", nullptr, guarded<run>, nullptr, nullptr, nullptr, attributes, nullptr},
      {"close", nullptr, guarded<close>, nullptr, nullptr, nullptr, attributes, nullptr},
  };
  if (napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions) != napi_ok) return nullptr;
  return exports;
}
