// A graph that ONNX Runtime runs on arrays of the caller's, inputs and outputs alike: nothing is copied.

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runtime.hpp"

namespace onnx {

using Config = std::vector<std::pair<std::string, std::string>>;

/** An input or an output: name and ONNX element type. */
struct Port {
  std::string name;
  int type;
};

/** What is in an ONNX file, or its path where there are no bytes. */
struct Model {
  std::string path;
  const void* data = nullptr;
  size_t bytes = 0;
};

struct Array {
  void* data;
  size_t bytes;
  std::vector<int64_t> dims;
};

class Session {
public:
  /** @throws std::runtime_error with what ONNX Runtime says */
  Session(const void* const* table, const Model& model, int threads, const Config& config, std::vector<Port> inputs,
          std::vector<Port> outputs);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const std::vector<Port>& inputs() const { return inputs_; }
  const std::vector<Port>& outputs() const { return outputs_; }

  /** @throws std::runtime_error with what ONNX Runtime says */
  void run(const std::vector<Array>& inputs, const std::vector<Array>& outputs);

private:
  const void* const* table_;
  runtime::Session* session_ = nullptr;
  std::vector<Port> inputs_;
  std::vector<Port> outputs_;
};

}  // namespace onnx
