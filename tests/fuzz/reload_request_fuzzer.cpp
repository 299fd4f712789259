#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <streamkit/hls/reload_request.hpp>
#include <string_view>

// A position that comes first, then a query. Whoever waits must be waiting for what comes next or
// later, and the wait must end once the playlist has it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace streamkit;
  constexpr std::size_t kPositionBytes = 5;
  if (size < kPositionBytes) return 0;
  hls::PlaylistPosition position{data[0], data[1], data[2], std::chrono::milliseconds(10 * data[3]),
                                 data[4] == 1};
  const std::string_view query(reinterpret_cast<const char*>(data) + kPositionBytes,
                               size - kPositionBytes);
  const auto request = hls::parse_reload_request(query);
  if (!request) return 0;
  const auto decision = hls::decide_reload(*request, position);
  if (decision.action != hls::ReloadAction::Wait) return 0;
  if (position.ended || decision.msn < position.next_msn) std::abort();
  position.parts_before = decision.part.value_or(0) + 1;
  position.next_msn = decision.msn + 1;
  position.parts = 1;
  const hls::ReloadRequest waiting{decision.msn, decision.part, request->skip};
  if (hls::decide_reload(waiting, position).action != hls::ReloadAction::Respond) std::abort();
  return 0;
}
