// Filter programs over a block's attribute columns: a stack of masks of 64 rows, see src/vectors/filter.ts.

#include "scan.hpp"

#include <cstring>

namespace scan {

namespace {

enum Operation : uint32_t { flags = 1, range = 2, both = 3, either = 4, inverse = 5, none = 6, every = 7 };

constexpr int STACK_MOST = 32;

uint64_t inRange(const uint8_t* column, double low, double high) {
  double numbers[BLOCK_ROWS];
  memcpy(numbers, column, sizeof numbers);
  uint64_t mask = 0;
  for (int r = 0; r < BLOCK_ROWS; r++) mask |= (uint64_t)((low <= numbers[r]) & (numbers[r] <= high)) << r;
  return mask;
}

}  // namespace

uint64_t runFilter(const FilterStep* steps, size_t count, const uint8_t* block) {
  uint64_t stack[STACK_MOST + 1];
  int depth = 0;
  for (size_t n = 0; n < count; n++) {
    const FilterStep& step = steps[n];
    switch (step.operation) {
      case flags:
        memcpy(&stack[depth++], block + step.at, 8);
        break;
      case range:
        stack[depth++] = inRange(block + step.at, step.low, step.high);
        break;
      case both:
        depth--;
        stack[depth - 1] &= stack[depth];
        break;
      case either:
        depth--;
        stack[depth - 1] |= stack[depth];
        break;
      case inverse:
        stack[depth - 1] = ~stack[depth - 1];
        break;
      case none:
        stack[depth++] = 0;
        break;
      case every:
        stack[depth++] = ~0ull;
        break;
    }
  }
  return stack[0];
}

}  // namespace scan
