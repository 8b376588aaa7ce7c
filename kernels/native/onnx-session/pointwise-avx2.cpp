// On x86-64 with AVX2.
#if defined(__x86_64__)

#include "pointwise.inc.hpp"

namespace pointwise {

extern const Kernel avx2 = {[] { return __builtin_cpu_supports("avx2") != 0; }, run};

}  // namespace pointwise

#endif
