#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/session_json.hpp"

using namespace streamkit;

// What a call asks for can be asked for again, and is within what the API allows.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto call = server::parse_create_session(text)) {
    using std::chrono::milliseconds;
    const auto length = std::chrono::duration_cast<milliseconds>(call->chunk_duration);
    if (length < milliseconds(500) || length > milliseconds(60'000)) std::abort();
    if (!check_stereo_choice(call->stereo)) std::abort();
    const auto stored = parse_stereo_choice(to_string(call->stereo));
    if (!stored || *stored != call->stereo) std::abort();
    const std::string again_text = R"({"stereo":)" + stereo_json(call->mode, call->stereo) +
                                   R"(,"chunk_seconds":)" +
                                   std::to_string(static_cast<double>(length.count()) / 1000) + "}";
    const auto again = server::parse_create_session(again_text);
    if (!again || again->mode != call->mode || again->stereo != call->stereo ||
        again->chunk_duration != call->chunk_duration) {
      std::abort();
    }
  } else if (call.error().code != ErrorCode::InvalidArgument) {
    std::abort();
  }
  // Nothing ends a stream by accident.
  if (server::parse_end_patch(text) && text.find("true") == std::string_view::npos) std::abort();
  return 0;
}
