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
struct CustomDomain;
struct KernelInfo;
struct KernelContext;
struct TensorInfo;

/** Places in the table of functions. */
enum Place {
  CREATE_STATUS = 0,
  GET_ERROR_MESSAGE = 2,
  CREATE_ENVIRONMENT = 3,
  CREATE_SESSION = 7,
  CREATE_SESSION_FROM_ARRAY = 8,
  RUN = 9,
  CREATE_SESSION_OPTIONS = 10,
  SET_LOG_SEVERITY = 22,
  SET_THREADS_WITHIN_NODES = 24,
  SET_THREADS_ACROSS_NODES = 25,
  CREATE_DOMAIN = 26,
  ADD_TO_DOMAIN = 27,
  ADD_DOMAIN = 28,
  CREATE_TENSOR_OVER_DATA = 49,
  GET_DATA = 51,
  GET_AXES = 61,
  GET_DIMS = 62,
  GET_TENSOR_INFO = 65,
  CREATE_CPU_MEMORY_INFO = 69,
  GET_TEXT_ATTRIBUTE = 87,
  GET_INPUT = 90,
  GET_OUTPUT = 91,
  RELEASE_STATUS = 93,
  RELEASE_MEMORY_INFO = 94,
  RELEASE_SESSION = 95,
  RELEASE_VALUE = 96,
  RELEASE_TENSOR_INFO = 99,
  RELEASE_SESSION_OPTIONS = 100,
  ADD_SESSION_CONFIG = 130,
  PARALLEL_FOR = 274,
};

/** Of the interface that has all of these. */
constexpr uint32_t VERSION = 18;

/** What an operator of one's own says of itself; its members lie as in that version of the interface. */
struct CustomOperator {
  uint32_t version;
  void* (*createFirst)(const CustomOperator*, const void* table, const KernelInfo*);
  const char* (*name)(const CustomOperator*);
  const char* (*provider)(const CustomOperator*);
  int (*inputType)(const CustomOperator*, size_t);
  size_t (*inputTypes)(const CustomOperator*);
  int (*outputType)(const CustomOperator*, size_t);
  size_t (*outputTypes)(const CustomOperator*);
  void (*computeFirst)(void* kernel, KernelContext*);
  void (*destroy)(void* kernel);
  int (*inputKind)(const CustomOperator*, size_t);
  int (*outputKind)(const CustomOperator*, size_t);
  int (*inputMemory)(const CustomOperator*, size_t);
  int (*leastInputs)(const CustomOperator*);
  int (*areInputsAlike)(const CustomOperator*);
  int (*leastOutputs)(const CustomOperator*);
  int (*areOutputsAlike)(const CustomOperator*);
  Status* (*create)(const CustomOperator*, const void* table, const KernelInfo*, void** kernel);
  Status* (*compute)(void* kernel, KernelContext*);
  Status* (*inferShape)(const CustomOperator*, void* context);
  int (*firstVersion)(const CustomOperator*);
  int (*lastVersion)(const CustomOperator*);
  /** Results that may lie where an input did that nobody needs any more: pairs of both. */
  size_t (*mayReplace)(int** inputs, int** outputs);
  void (*releaseReplaced)(int* inputs, int* outputs);
  size_t (*aliases)(int** inputs, int** outputs);
  void (*releaseAliases)(int* inputs, int* outputs);
};

/** @param library its path; it has to be loaded already. @returns its table, null when it is not there or too old */
const void* const* open(const char* library);

template <typename Function>
Function at(const void* const* table, Place place) {
  return (Function)table[place];
}

}  // namespace runtime
