// Programs over numbers in the same place of several arrays, run block by block: what lies between two steps never leaves the
// first-level cache. Steps round as the operators of ONNX Runtime do that they stand for, so the bits are the same.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace pointwise {

enum class Code { add, subtract, multiply, divide, negate, sqrt, isPositive };

/** Takes values by their places: inputs come first, then the results of the steps before. */
struct Step {
  Code code;
  size_t a, b;
  /** Place among the wanted results; −1 of what only later steps take. */
  int result = -1;
  /** Where the result lies meanwhile. */
  size_t scratch = 0;
};

struct Program {
  size_t inputs = 0;
  std::vector<Step> steps;
  size_t results = 0;
  /** Results that are held at the same time at most. */
  size_t scratch = 0;
  /** For each input the last step that takes it. */
  std::vector<size_t> lastUse;
};

/**
 * @param text name, place and place of each step
 * @param wanted steps whose results are asked for
 * @throws std::runtime_error when that is no program
 */
Program parse(const std::string& text, const std::vector<long>& wanted, size_t inputs);

/** Value k of the whole is value (k / repeats) mod size. */
struct Operand {
  const float* data;
  size_t size;
  size_t repeats;
};

/** Values that are computed before the next ones; a share of the work begins at a multiple. */
constexpr size_t BLOCK = 512;

/** What a run needs beside its inputs and results, aligned to lines of the cache; nothing of it is set. */
class Room {
public:
  /** @throws std::bad_alloc */
  explicit Room(const Program& program);
  ~Room();
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

  /** A block of each input that is stretched, of each place of the scratch, and of each result that has to wait. */
  float *stretched, *scratch, *waiting;
  /** Where the values of each input and step lie. */
  const float** values;
};

/**
 * Results may lie where an input does whose shape they have.
 *
 * @returns for each result whether writing it at once would overwrite values that a later step takes
 */
std::vector<char> waitsOf(const Program& program, const Operand* inputs, float* const* results);

struct Kernel {
  bool (*runs)();
  /** Fills places from … to of the results. */
  void (*run)(const Program& program, const Operand* inputs, float* const* results, const char* waits, size_t from,
              size_t to, const Room& room);
};

/** The fastest one that runs here. */
const Kernel& best();

}  // namespace pointwise
