// As much of ONNX Runtime's C interface as running a graph takes. The library is the one that onnxruntime-node has
// loaded; its table of functions only ever grows at the end, so places in it stay what they are.

#pragma once

#include <cstddef>
#include <cstdint>

namespace runtime {

struct Status;
struct Environment;
struct SessionOptions;
struct Session;
struct RunOptions;
struct MemoryInfo;
struct Value;

/** Places in the table of functions. */
enum Place {
  GET_ERROR_MESSAGE = 2,
  CREATE_ENVIRONMENT = 3,
  CREATE_SESSION = 7,
  CREATE_SESSION_FROM_ARRAY = 8,
  RUN = 9,
  CREATE_SESSION_OPTIONS = 10,
  SET_LOG_SEVERITY = 22,
  SET_THREADS_WITHIN_NODES = 24,
  SET_THREADS_ACROSS_NODES = 25,
  CREATE_TENSOR_OVER_DATA = 49,
  CREATE_CPU_MEMORY_INFO = 69,
  RELEASE_STATUS = 93,
  RELEASE_MEMORY_INFO = 94,
  RELEASE_SESSION = 95,
  RELEASE_VALUE = 96,
  RELEASE_SESSION_OPTIONS = 100,
  ADD_SESSION_CONFIG = 130,
};

/** Of the interface that has all of these. */
constexpr uint32_t VERSION = 5;

/** @param library its path; it has to be loaded already. @returns its table, null when it is not there or too old */
const void* const* open(const char* library);

template <typename Function>
Function at(const void* const* table, Place place) {
  return (Function)table[place];
}

}  // namespace runtime
