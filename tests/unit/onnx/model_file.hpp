#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace streamkit::onnx {

/// Element types, numbered as in the format (onnx.proto, TensorProto.DataType).
enum class Element { Float32 = 1, Uint8 = 2, Int64 = 7, Float16 = 10, Float64 = 11 };

/// An input or output; -1 is a free side, without dims nothing is said of them.
struct Port {
  std::string name;
  Element type = Element::Float32;
  std::vector<std::int64_t> dims;
};

struct Attribute {
  std::string name;
  std::vector<std::int64_t> ints;
  /// One number, not a list of one.
  bool single = false;
};

struct Node {
  std::string op;
  std::vector<std::string> inputs;
  std::string output;
  std::vector<Attribute> attributes = {};
};

struct Constant {
  std::string name;
  std::vector<std::int64_t> dims;
  std::vector<float> values;
};

struct Graph {
  std::vector<Port> inputs;
  std::vector<Port> outputs;
  std::vector<Node> nodes;
  std::vector<Constant> constants = {};
};

/// The bytes of an .onnx file.
[[nodiscard]] std::string model_bytes(const Graph& graph);

/// A file that is removed with this object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& bytes);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace streamkit::onnx
