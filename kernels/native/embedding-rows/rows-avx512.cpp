// On x86-64 with AVX-512.
#if defined(__x86_64__)

#define LANES 16
#include "rows.inc.hpp"

namespace rows {

extern const Kernel avx512 = kernelOf("avx512", [] { return __builtin_cpu_supports("avx512f") != 0; });

}  // namespace rows

#endif
