#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <streamkit/stereo/forward_warp_renderer.hpp>

#include "worker/segment_state.hpp"

using namespace streamkit;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// A state that is taken is given back byte for byte; one that is not leaves nothing.
void check_views(std::span<const std::uint8_t> state) {
  const auto renderer =
      stereo::ForwardWarpRenderer::create({.automatic_convergence = true}).value();
  const bool taken = renderer->load_state(state).has_value();
  if (taken) {
    require(std::ranges::equal(renderer->save_state(), state));
  } else {
    require(renderer->save_state().empty());
  }
}

}  // namespace

// What is read is written again byte for byte, and a renderer takes its part or refuses it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> bytes(data, size);
  if (const auto read = worker::read_segment_state(bytes)) {
    require(std::ranges::equal(worker::write_segment_state(*read), bytes));
    check_views(read->views);
  }
  check_views(bytes);
  return 0;
}
