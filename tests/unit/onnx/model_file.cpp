#include "model_file.hpp"

#include <unistd.h>

#include <atomic>
#include <cstring>
#include <fstream>

namespace streamkit::onnx {
namespace {

// Protocol buffers: a field is its number and kind, then the value.
std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}
std::string number(unsigned field, std::int64_t value) {
  return varint(field << 3) + varint(static_cast<std::uint64_t>(value));
}
std::string block(unsigned field, const std::string& bytes) {
  return varint(field << 3 | 2) + varint(bytes.size()) + bytes;
}

// The fields' numbers are those of onnx.proto.
std::string port_bytes(const Port& port) {
  std::string shape;
  for (const std::int64_t dim : port.dims) {
    shape += block(1, dim >= 0 ? number(1, dim) : block(2, "free"));
  }
  std::string tensor = number(1, static_cast<std::int64_t>(port.type));
  if (!port.dims.empty()) tensor += block(2, shape);
  return block(1, port.name) + block(2, block(1, tensor));
}

std::string node_bytes(const Node& node) {
  std::string bytes;
  for (const std::string& input : node.inputs) bytes += block(1, input);
  bytes += block(2, node.output) + block(4, node.op);
  for (const Attribute& attribute : node.attributes) {
    std::string one = block(1, attribute.name);
    for (const std::int64_t value : attribute.ints) one += number(attribute.single ? 3 : 8, value);
    bytes += block(5, one + number(20, attribute.single ? 2 : 7));
  }
  return bytes;
}

std::string constant_bytes(const Constant& constant) {
  std::string bytes;
  for (const std::int64_t dim : constant.dims) bytes += number(1, dim);
  std::string raw(constant.values.size() * sizeof(float), '\0');
  std::memcpy(raw.data(), constant.values.data(), raw.size());
  return bytes + number(2, 1) + block(8, constant.name) + block(9, raw);
}

}  // namespace

std::string model_bytes(const Graph& graph) {
  std::string bytes;
  for (const Node& node : graph.nodes) bytes += block(1, node_bytes(node));
  bytes += block(2, "test");
  for (const Constant& constant : graph.constants) bytes += block(5, constant_bytes(constant));
  for (const Port& port : graph.inputs) bytes += block(11, port_bytes(port));
  for (const Port& port : graph.outputs) bytes += block(12, port_bytes(port));
  constexpr int kFormatVersion = 6;
  constexpr int kOperatorSet = 11;
  return number(1, kFormatVersion) + block(7, bytes) + block(8, number(2, kOperatorSet));
}

TemporaryFile::TemporaryFile(const std::string& bytes) {
  static std::atomic<int> count = 0;
  path_ = std::filesystem::temp_directory_path() /
          ("streamkit_" + std::to_string(getpid()) + "_" + std::to_string(count++) + ".onnx");
  std::ofstream(path_, std::ios::binary) << bytes;
}

TemporaryFile::~TemporaryFile() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

}  // namespace streamkit::onnx
