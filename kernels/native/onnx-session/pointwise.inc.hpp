// The kernel for the instructions that the including file is compiled for.

#include <algorithm>
#include <cmath>
#include <cstring>

#include "pointwise.hpp"

namespace pointwise {
namespace {

/** One operation on a block; a result may lie where an operand did. */
template <typename Operation>
inline void each(float* out, const float* a, const float* b, size_t count, Operation operation) {
#pragma GCC ivdep
  for (size_t k = 0; k < count; k++) out[k] = operation(a[k], b[k]);
}

void runStep(Code code, float* out, const float* a, const float* b, size_t count) {
  switch (code) {
    case Code::add:
      return each(out, a, b, count, [](float x, float y) { return x + y; });
    case Code::subtract:
      return each(out, a, b, count, [](float x, float y) { return x - y; });
    case Code::multiply:
      return each(out, a, b, count, [](float x, float y) { return x * y; });
    case Code::divide:
      return each(out, a, b, count, [](float x, float y) { return x / y; });
    case Code::negate:
      return each(out, a, a, count, [](float x, float) { return -x; });
    case Code::sqrt:
      return each(out, a, a, count, [](float x, float) { return std::sqrt(x); });
    case Code::isPositive:
      // A steep line between 0 and 1.
      return each(out, a, a, count, [](float x, float) {
        const float y = x * 0x1p100f;
        const float below = y < 1 ? y : 1;
        return below > 0 ? below : 0;
      });
  }
}

/** The values of an operand that is stretched, from one place of the whole on. */
void stretch(const Operand& operand, size_t from, size_t count, float* out) {
  size_t run = operand.repeats - from % operand.repeats;
  size_t at = from / operand.repeats % operand.size;
  if (operand.repeats == 1) {
    for (size_t k = 0; k < count; at = 0) {
      const size_t length = std::min(operand.size - at, count - k);
      memcpy(out + k, operand.data + at, length * sizeof(float));
      k += length;
    }
    return;
  }
  for (size_t k = 0; k < count; run = operand.repeats) {
    const size_t length = std::min(run, count - k);
    std::fill(out + k, out + k + length, operand.data[at]);
    k += length;
    at = at + 1 == operand.size ? 0 : at + 1;
  }
}

/** Whether each block has the same values of the operand. */
bool isSameInEach(const Operand& operand) { return BLOCK % (operand.size * operand.repeats) == 0; }

void run(const Program& program, const Operand* inputs, float* const* results, const char* waits, size_t from,
         size_t to, const Room& room) {
  const auto& [stretched, scratch, waiting, values] = room;
  for (size_t k = 0; k < program.inputs; k++) {
    values[k] = stretched + k * BLOCK;
    if (isSameInEach(inputs[k])) stretch(inputs[k], from, BLOCK, stretched + k * BLOCK);
  }
  for (size_t at = from; at < to; at += BLOCK) {
    const size_t count = std::min(BLOCK, to - at);
    for (size_t k = 0; k < program.inputs; k++) {
      const Operand& input = inputs[k];
      if (isSameInEach(input)) continue;
      const size_t start = at % input.size;
      if (input.repeats == 1 && start + count <= input.size) {
        values[k] = input.data + start;
      } else {
        values[k] = stretched + k * BLOCK;
        stretch(input, at, count, stretched + k * BLOCK);
      }
    }
    for (size_t s = 0; s < program.steps.size(); s++) {
      const Step& step = program.steps[s];
      const int k = step.result;
      float* const out = k < 0      ? scratch + step.scratch * BLOCK
                         : waits[k] ? waiting + k * BLOCK
                                    : results[k] + at;
      runStep(step.code, out, values[step.a], values[step.b], count);
      values[program.inputs + s] = out;
    }
    for (size_t s = 0; s < program.steps.size(); s++) {
      const int k = program.steps[s].result;
      if (k >= 0 && waits[k]) memcpy(results[k] + at, waiting + k * BLOCK, count * sizeof(float));
    }
  }
}

}  // namespace
}  // namespace pointwise
