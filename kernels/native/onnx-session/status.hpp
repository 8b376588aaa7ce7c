// What ONNX Runtime says of a call that failed, as an exception.

#pragma once

#include <stdexcept>
#include <string>

#include "runtime.hpp"

namespace onnx {

/** @throws std::runtime_error when there is a status */
inline void check(const void* const* table, runtime::Status* status) {
  if (!status) return;
  const std::string message =
      runtime::at<const char* (*)(const runtime::Status*)>(table, runtime::GET_ERROR_MESSAGE)(status);
  runtime::at<void (*)(runtime::Status*)>(table, runtime::RELEASE_STATUS)(status);
  throw std::runtime_error(message);
}

}  // namespace onnx
