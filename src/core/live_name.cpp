#include <streamkit/core/live_name.hpp>

namespace streamkit {

std::string live_segment_name(std::uint64_t number) {
  return "segment-" + std::to_string(number) + ".m4s";
}

std::string live_part_name(std::uint64_t number, std::uint64_t part) {
  return "segment-" + std::to_string(number) + "." + std::to_string(part) + ".m4s";
}

std::string live_init_name(std::uint64_t run) { return "init-" + std::to_string(run) + ".mp4"; }

}  // namespace streamkit
