// The programs of `pointwise.hpp` as an operator of ONNX Runtime: `Pointwise` of the domain `labrador`.

#pragma once

#include "runtime.hpp"

namespace onnx {

/** @returns the domain, for the options of a session; a process has one. @throws std::runtime_error when it cannot be made */
runtime::CustomDomain* ownDomain(const void* const* table);

}  // namespace onnx
