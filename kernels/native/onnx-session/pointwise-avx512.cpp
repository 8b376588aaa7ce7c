// On x86-64 with AVX-512.
#if defined(__x86_64__)

#include "pointwise.inc.hpp"

namespace pointwise {

extern const Kernel avx512 = {[] { return __builtin_cpu_supports("avx512f") != 0; }, run};

}  // namespace pointwise

#endif
