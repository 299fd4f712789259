#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <streamkit/store/chunk_key.hpp>
#include <streamkit/store/object_store.hpp>
#include <string_view>

// Whatever parses prints back to the same text, and is a key that every store takes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto key = streamkit::parse_chunk_key(text)) {
    if (streamkit::to_string(*key) != text || !streamkit::check_object_key(text)) std::abort();
  }
  if (const auto key = streamkit::parse_segment_state_key(text)) {
    if (streamkit::to_string(*key) != text || !streamkit::check_object_key(text)) std::abort();
    if (streamkit::parse_chunk_key(text)) std::abort();
  }
  if (const auto index = streamkit::parse_segment_file_name(text)) {
    if (streamkit::segment_file_name(*index) != text) std::abort();
  }
  return 0;
}
