#include "session.hpp"

#include <memory>

#include "pointwise-operator.hpp"
#include "status.hpp"

namespace onnx {

using runtime::at;
using runtime::MemoryInfo;
using runtime::RunOptions;
using runtime::SessionOptions;
using runtime::Status;
using runtime::Value;

namespace {

constexpr int WARNING = 2;
/** Errors are thrown; nothing else is worth a line. */
constexpr int FATAL = 4;
constexpr int ARENA = 1;
constexpr int DEFAULT_MEMORY = 0;

/** A process has one; it is kept for as long as the process lives. */
runtime::Environment* environment(const void* const* table) {
  static runtime::Environment* const made = [table] {
    runtime::Environment* created;
    using Create = Status* (*)(int, const char*, runtime::Environment**);
    check(table, at<Create>(table, runtime::CREATE_ENVIRONMENT)(WARNING, "labrador", &created));
    return created;
  }();
  return made;
}

/** Let go of at the end of the block. */
template <typename Object>
using Owned = std::unique_ptr<Object, void (*)(Object*)>;

template <typename Object, typename... Given>
Owned<Object> made(const void* const* table, runtime::Place create, runtime::Place release, Given... given) {
  Object* object;
  check(table, at<Status* (*)(Given..., Object**)>(table, create)(given..., &object));
  return Owned<Object>(object, at<void (*)(Object*)>(table, release));
}

/** Tensors over arrays that stay the caller's. */
class Values {
public:
  Values(const void* const* table, const std::vector<Array>& arrays, const std::vector<Port>& ports) {
    const auto memory = made<MemoryInfo>(table, runtime::CREATE_CPU_MEMORY_INFO, runtime::RELEASE_MEMORY_INFO, ARENA,
                                         DEFAULT_MEMORY);
    for (size_t k = 0; k < arrays.size(); k++) {
      const auto& [data, bytes, dims] = arrays[k];
      owned_.push_back(made<Value>(table, runtime::CREATE_TENSOR_OVER_DATA, runtime::RELEASE_VALUE,
                                   (const MemoryInfo*)memory.get(), data, bytes, dims.data(), dims.size(),
                                   ports[k].type));
      values_.push_back(owned_.back().get());
    }
  }

  Value** data() { return values_.data(); }
  const Value* const* data() const { return values_.data(); }
  size_t size() const { return values_.size(); }

private:
  std::vector<Owned<Value>> owned_;
  std::vector<Value*> values_;
};

std::vector<const char*> namesOf(const std::vector<Port>& ports) {
  std::vector<const char*> names;
  for (const Port& port : ports) names.push_back(port.name.c_str());
  return names;
}

}  // namespace

Session::Session(const void* const* table, const Model& model, int threads, const Config& config,
                 std::vector<Port> inputs, std::vector<Port> outputs)
    : table_(table), inputs_(std::move(inputs)), outputs_(std::move(outputs)) {
  const auto options =
      made<SessionOptions>(table, runtime::CREATE_SESSION_OPTIONS, runtime::RELEASE_SESSION_OPTIONS);
  using SetNumber = Status* (*)(SessionOptions*, int);
  check(table, at<SetNumber>(table, runtime::SET_THREADS_WITHIN_NODES)(options.get(), threads));
  check(table, at<SetNumber>(table, runtime::SET_THREADS_ACROSS_NODES)(options.get(), 1));
  check(table, at<SetNumber>(table, runtime::SET_LOG_SEVERITY)(options.get(), FATAL));
  using SetText = Status* (*)(SessionOptions*, const char*, const char*);
  for (const auto& [key, value] : config)
    check(table, at<SetText>(table, runtime::ADD_SESSION_CONFIG)(options.get(), key.c_str(), value.c_str()));
  using AddDomain = Status* (*)(SessionOptions*, runtime::CustomDomain*);
  check(table, at<AddDomain>(table, runtime::ADD_DOMAIN)(options.get(), ownDomain(table)));
  using Environment = runtime::Environment;
  using FromFile = Status* (*)(const Environment*, const char*, const SessionOptions*, runtime::Session**);
  using FromArray = Status* (*)(const Environment*, const void*, size_t, const SessionOptions*, runtime::Session**);
  check(table, model.data ? at<FromArray>(table, runtime::CREATE_SESSION_FROM_ARRAY)(
                                environment(table), model.data, model.bytes, options.get(), &session_)
                          : at<FromFile>(table, runtime::CREATE_SESSION)(environment(table), model.path.c_str(),
                                                                         options.get(), &session_));
}

Session::~Session() {
  if (session_) at<void (*)(runtime::Session*)>(table_, runtime::RELEASE_SESSION)(session_);
}

void Session::run(const std::vector<Array>& inputs, const std::vector<Array>& outputs) {
  const Values given(table_, inputs, inputs_);
  Values filled(table_, outputs, outputs_);
  const std::vector<const char*> inputNames = namesOf(inputs_), outputNames = namesOf(outputs_);
  using Run = Status* (*)(runtime::Session*, const RunOptions*, const char* const*, const Value* const*, size_t,
                          const char* const*, size_t, Value**);
  check(table_, at<Run>(table_, runtime::RUN)(session_, nullptr, inputNames.data(), given.data(), given.size(),
                                              outputNames.data(), filled.size(), filled.data()));
}

}  // namespace onnx
