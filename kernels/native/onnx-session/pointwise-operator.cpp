#include "pointwise-operator.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "pointwise.hpp"
#include "status.hpp"

namespace onnx {

using runtime::at;
using runtime::CustomOperator;
using runtime::KernelContext;
using runtime::KernelInfo;
using runtime::Status;
using runtime::TensorInfo;
using runtime::Value;

namespace {

constexpr int FLOAT32 = 1;
constexpr int VARIADIC = 2;
constexpr int FAILED = 1;
/** Values that a thread computes at once, so many that handing them over takes little beside. */
constexpr size_t SHARE = 32 * pointwise::BLOCK;

/** Fixed once, as kernels are made by a function that knows nothing else. */
const void* const* table;

std::string attribute(const KernelInfo* info, const char* name) {
  using Get = Status* (*)(const KernelInfo*, const char*, char*, size_t*);
  const auto get = at<Get>(table, runtime::GET_TEXT_ATTRIBUTE);
  size_t length = 0;
  check(table, get(info, name, nullptr, &length));
  std::string text(length, '\0');
  check(table, get(info, name, &text[0], &length));
  text.resize(length > 0 ? length - 1 : 0);
  return text;
}

std::vector<long> numbersOf(const std::string& text) {
  std::istringstream words(text);
  std::vector<long> numbers;
  for (long number; words >> number;) numbers.push_back(number);
  return numbers;
}

std::vector<int64_t> dimsOf(const Value* value) {
  TensorInfo* made;
  check(table, at<Status* (*)(const Value*, TensorInfo**)>(table, runtime::GET_TENSOR_INFO)(value, &made));
  const std::unique_ptr<TensorInfo, void (*)(TensorInfo*)> info(
      made, at<void (*)(TensorInfo*)>(table, runtime::RELEASE_TENSOR_INFO));
  size_t axes;
  check(table, at<Status* (*)(const TensorInfo*, size_t*)>(table, runtime::GET_AXES)(info.get(), &axes));
  std::vector<int64_t> dims(axes);
  using Get = Status* (*)(const TensorInfo*, int64_t*, size_t);
  check(table, at<Get>(table, runtime::GET_DIMS)(info.get(), dims.data(), axes));
  return dims;
}

float* dataOf(Value* value) {
  void* data;
  check(table, at<Status* (*)(Value*, void**)>(table, runtime::GET_DATA)(value, &data));
  return (float*)data;
}

/** Whether each axis of an input is that of the whole, or of size 1 where it may be stretched. */
bool fits(const std::vector<int64_t>& dims, const std::vector<int64_t>& whole, bool isStretched) {
  if (!isStretched || dims.size() > whole.size()) return dims == whole;
  const size_t lead = whole.size() - dims.size();
  for (size_t axis = 0; axis < dims.size(); axis++)
    if (dims[axis] != 1 && dims[axis] != whole[lead + axis]) return false;
  return true;
}

std::string textOf(const std::vector<int64_t>& dims) {
  std::string text = "[";
  for (size_t axis = 0; axis < dims.size(); axis++) text += (axis > 0 ? ", " : "") + std::to_string(dims[axis]);
  return text + "]";
}

size_t product(const std::vector<int64_t>& dims, size_t from = 0) {
  size_t size = 1;
  for (size_t axis = from; axis < dims.size(); axis++) size *= (size_t)dims[axis];
  return size;
}

/** One node of a graph. */
class Node {
public:
  explicit Node(const KernelInfo* info) : stretches_(numbersOf(attribute(info, "stretches"))) {
    program_ = pointwise::parse(attribute(info, "program"), numbersOf(attribute(info, "wanted")), stretches_.size());
    for (size_t k = 0; k < stretches_.size(); k++)
      if (stretches_[k] < 0) whole_ = k;
  }

  void compute(KernelContext* context) const {
    const std::vector<int64_t> dims = dimsOf(inputOf(context, whole_));
    const size_t count = product(dims);
    std::vector<pointwise::Operand> inputs;
    for (size_t k = 0; k < program_.inputs; k++) {
      const Value* value = inputOf(context, k);
      const std::vector<int64_t> own = dimsOf(value);
      const bool isStretched = stretches_[k] >= 0;
      if (!fits(own, dims, isStretched))
        throw std::runtime_error("input " + std::to_string(k) + " of a pass, of shape " + textOf(own) +
                                 ", does not fit the shape " + textOf(dims) + " of the others");
      const size_t repeats = isStretched ? product(dims, dims.size() - (size_t)stretches_[k]) : 1;
      inputs.push_back({dataOf((Value*)value), product(own), repeats});
    }
    std::vector<float*> results;
    for (size_t k = 0; k < program_.results; k++) results.push_back(outputOf(context, k, dims));
    if (count == 0) return;
    const std::vector<char> waits = pointwise::waitsOf(program_, inputs.data(), results.data());
    const Work work{program_, inputs, results, waits, count};
    const size_t shares = (count + SHARE - 1) / SHARE;
    if (shares == 1) return work.run(0);
    using ParallelFor = Status* (*)(const KernelContext*, void (*)(void*, size_t), size_t, size_t, void*);
    const auto share = [](void* work, size_t k) { ((const Work*)work)->run(k); };
    check(table, at<ParallelFor>(table, runtime::PARALLEL_FOR)(context, share, shares, 0, (void*)&work));
  }

private:
  struct Work {
    const pointwise::Program& program;
    const std::vector<pointwise::Operand>& inputs;
    const std::vector<float*>& results;
    const std::vector<char>& waits;
    size_t count;

    void run(size_t share) const {
      static const pointwise::Kernel& kernel = pointwise::best();
      const size_t from = share * SHARE;
      const pointwise::Room room(program);
      kernel.run(program, inputs.data(), results.data(), waits.data(), from, std::min(count, from + SHARE), room);
    }
  };

  static const Value* inputOf(const KernelContext* context, size_t k) {
    const Value* value;
    using Get = Status* (*)(const KernelContext*, size_t, const Value**);
    check(table, at<Get>(table, runtime::GET_INPUT)(context, k, &value));
    return value;
  }

  static float* outputOf(KernelContext* context, size_t k, const std::vector<int64_t>& dims) {
    Value* value;
    using Get = Status* (*)(KernelContext*, size_t, const int64_t*, size_t, Value**);
    check(table, at<Get>(table, runtime::GET_OUTPUT)(context, k, dims.data(), dims.size(), &value));
    return dataOf(value);
  }

  std::vector<long> stretches_;
  pointwise::Program program_;
  size_t whole_ = 0;
};

/** Errors as ONNX Runtime passes them on. */
template <typename Work>
Status* guarded(Work work) {
  try {
    work();
    return nullptr;
  } catch (const std::exception& error) {
    return at<Status* (*)(int, const char*)>(table, runtime::CREATE_STATUS)(FAILED, error.what());
  }
}

/** Any of the first inputs by any of the first results; ONNX Runtime sees to it that the shapes are the same. */
size_t replaced(int** inputs, int** outputs) {
  constexpr int INPUTS = 12, OUTPUTS = 4;
  struct Pairs {
    int from[INPUTS * OUTPUTS], to[INPUTS * OUTPUTS];
    Pairs() {
      for (int k = 0; k < INPUTS * OUTPUTS; k++) {
        from[k] = k / OUTPUTS;
        to[k] = k % OUTPUTS;
      }
    }
  };
  static Pairs pairs;
  *inputs = pairs.from;
  *outputs = pairs.to;
  return INPUTS * OUTPUTS;
}

CustomOperator made() {
  CustomOperator own{};
  own.version = runtime::VERSION;
  own.name = [](const CustomOperator*) { return "Pointwise"; };
  own.provider = [](const CustomOperator*) -> const char* { return nullptr; };
  own.inputType = own.outputType = [](const CustomOperator*, size_t) { return FLOAT32; };
  own.inputTypes = own.outputTypes = [](const CustomOperator*) -> size_t { return 1; };
  own.inputKind = own.outputKind = [](const CustomOperator*, size_t) { return VARIADIC; };
  own.inputMemory = [](const CustomOperator*, size_t) { return 0; };
  own.leastInputs = own.leastOutputs = [](const CustomOperator*) { return 1; };
  own.areInputsAlike = own.areOutputsAlike = [](const CustomOperator*) { return 1; };
  own.create = [](const CustomOperator*, const void*, const KernelInfo* info, void** kernel) {
    return guarded([&] { *kernel = new Node(info); });
  };
  own.compute = [](void* kernel, KernelContext* context) {
    return guarded([&] { ((const Node*)kernel)->compute(context); });
  };
  own.mayReplace = replaced;
  own.releaseReplaced = [](int*, int*) {};
  own.destroy = [](void* kernel) { delete (Node*)kernel; };
  return own;
}

}  // namespace

runtime::CustomDomain* ownDomain(const void* const* given) {
  static runtime::CustomDomain* const domain = [given] {
    table = given;
    static const CustomOperator own = made();
    runtime::CustomDomain* created;
    using Create = Status* (*)(const char*, runtime::CustomDomain**);
    check(table, at<Create>(table, runtime::CREATE_DOMAIN)("labrador", &created));
    using Add = Status* (*)(runtime::CustomDomain*, const CustomOperator*);
    check(table, at<Add>(table, runtime::ADD_TO_DOMAIN)(created, &own));
    return created;
  }();
  return domain;
}

}  // namespace onnx
