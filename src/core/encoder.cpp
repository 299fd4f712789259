#include <streamkit/core/encoder.hpp>

namespace streamkit {

Result<void> Encoder::set_video_bit_rate(int) {
  return Error{ErrorCode::Unsupported, "this encoder cannot change its bit rate"};
}

}  // namespace streamkit
