// On x86-64 with AVX2.
#if defined(__x86_64__)

#define LANES 8
#include "rows.inc.hpp"

namespace rows {

extern const Kernel avx2 = kernelOf("avx2", [] { return __builtin_cpu_supports("avx2") != 0; });

}  // namespace rows

#endif
