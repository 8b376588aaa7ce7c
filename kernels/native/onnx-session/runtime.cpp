#include "runtime.hpp"

#include <dlfcn.h>

namespace runtime {

const void* const* open(const char* library) {
  struct Base {
    const void* const* (*table)(uint32_t version);
    const char* (*version)();
  };
  void* handle = dlopen(library, RTLD_NOW | RTLD_NOLOAD);
  if (!handle) return nullptr;
  const auto base = (const Base* (*)())dlsym(handle, "OrtGetApiBase");
  return base ? base()->table(VERSION) : nullptr;
}

}  // namespace runtime
