#include "pointwise.hpp"

#include <algorithm>
#include <new>
#include <sstream>
#include <stdexcept>

namespace pointwise {

#if defined(__x86_64__)
extern const Kernel avx512;
extern const Kernel avx2;
#endif
extern const Kernel plain;

namespace {

Code codeOf(const std::string& name) {
  static const char* const NAMES[] = {"add", "subtract", "multiply", "divide", "negate", "sqrt", "isPositive"};
  for (size_t k = 0; k < sizeof NAMES / sizeof *NAMES; k++)
    if (name == NAMES[k]) return (Code)k;
  throw std::runtime_error("no step of this name: " + name);
}

/** Gives each result that nobody asks for a place in the scratch that is free until its last step has taken it. */
void placeResults(Program& program) {
  std::vector<size_t> lastUse(program.steps.size(), 0);
  for (size_t s = 0; s < program.steps.size(); s++)
    for (const size_t place : {program.steps[s].a, program.steps[s].b})
      if (place >= program.inputs) lastUse[place - program.inputs] = s;
  std::vector<size_t> freeFrom;
  for (size_t s = 0; s < program.steps.size(); s++) {
    Step& step = program.steps[s];
    if (step.result >= 0) continue;
    const auto unused = std::find_if(freeFrom.begin(), freeFrom.end(), [s](size_t from) { return from <= s; });
    step.scratch = (size_t)(unused - freeFrom.begin());
    if (unused == freeFrom.end()) freeFrom.push_back(0);
    freeFrom[step.scratch] = lastUse[s] + 1;
  }
  program.scratch = freeFrom.size();
}

}  // namespace

Program parse(const std::string& text, const std::vector<long>& wanted, size_t inputs) {
  Program program;
  program.inputs = inputs;
  std::istringstream words(text);
  std::string name;
  for (size_t a, b; words >> name >> a >> b;) {
    const size_t known = inputs + program.steps.size();
    if (a >= known || b >= known) throw std::runtime_error("a step takes what is not there yet");
    program.steps.push_back({codeOf(name), a, b});
  }
  program.results = wanted.size();
  for (size_t k = 0; k < wanted.size(); k++) {
    if (wanted[k] < 0 || (size_t)wanted[k] >= program.steps.size()) throw std::runtime_error("no such step is there");
    program.steps[(size_t)wanted[k]].result = (int)k;
  }
  placeResults(program);
  program.lastUse.assign(inputs, 0);
  for (size_t s = 0; s < program.steps.size(); s++)
    for (const size_t place : {program.steps[s].a, program.steps[s].b})
      if (place < inputs) program.lastUse[place] = s;
  return program;
}

Room::Room(const Program& program) {
  constexpr std::align_val_t LINE{64};
  const size_t blocks = program.inputs + program.scratch + program.results;
  const size_t places = program.inputs + program.steps.size();
  // The values' places lie behind the blocks.
  stretched = (float*)operator new(blocks * BLOCK * sizeof(float) + places * sizeof(float*), LINE);
  scratch = stretched + program.inputs * BLOCK;
  waiting = scratch + program.scratch * BLOCK;
  values = (const float**)(stretched + blocks * BLOCK);
}

Room::~Room() { operator delete(stretched, std::align_val_t{64}); }

std::vector<char> waitsOf(const Program& program, const Operand* inputs, float* const* results) {
  std::vector<char> waits(program.results, false);
  for (size_t s = 0; s < program.steps.size(); s++) {
    const int k = program.steps[s].result;
    if (k < 0) continue;
    for (size_t i = 0; i < program.inputs; i++)
      if (inputs[i].data == results[k] && program.lastUse[i] > s) waits[k] = true;
  }
  return waits;
}

const Kernel& best() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (avx512.runs()) return avx512;
  if (avx2.runs()) return avx2;
#endif
  return plain;
}

}  // namespace pointwise
