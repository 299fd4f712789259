#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <streamkit/net/s3_event.hpp>
#include <string_view>

using namespace streamkit::net;

// Whatever a message tells of can be told again, and is read back as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto created = parse_s3_event(text);
  if (!created) return 0;
  for (const auto& object : *created) {
    const auto again =
        parse_s3_event(make_object_created_event(object.bucket, object.key, object.size_bytes, {}));
    if (!again || again->size() != 1 || again->front() != object) std::abort();
  }
  return 0;
}
