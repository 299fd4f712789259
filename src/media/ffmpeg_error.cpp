#include "media/ffmpeg_error.hpp"

#include <array>
#include <cerrno>

extern "C" {
#include <libavutil/error.h>
}

namespace streamkit::media {
namespace {

ErrorCode code_of(int code) noexcept {
  switch (code) {
    case AVERROR(ENOENT):
    case AVERROR_STREAM_NOT_FOUND:
    case AVERROR_HTTP_NOT_FOUND:
      return ErrorCode::NotFound;
    case AVERROR(EACCES):
    case AVERROR(EPERM):
    case AVERROR_HTTP_UNAUTHORIZED:
    case AVERROR_HTTP_FORBIDDEN:
      return ErrorCode::PermissionDenied;
    case AVERROR(ENOMEM):
    case AVERROR(ENOSPC):
      return ErrorCode::ResourceExhausted;
    case AVERROR(EINVAL):
    case AVERROR(EISDIR):
    case AVERROR_OPTION_NOT_FOUND:
      return ErrorCode::InvalidArgument;
    case AVERROR_INVALIDDATA:
    case AVERROR_EOF:
      return ErrorCode::CorruptData;
    case AVERROR_DECODER_NOT_FOUND:
    case AVERROR_ENCODER_NOT_FOUND:
    case AVERROR_MUXER_NOT_FOUND:
    case AVERROR_DEMUXER_NOT_FOUND:
    case AVERROR_PROTOCOL_NOT_FOUND:
    case AVERROR_FILTER_NOT_FOUND:
    case AVERROR_PATCHWELCOME:
    case AVERROR(ENOSYS):
      return ErrorCode::Unsupported;
    case AVERROR(ETIMEDOUT):
      return ErrorCode::Timeout;
    case AVERROR_EXIT:
      return ErrorCode::Cancelled;
    case AVERROR(EAGAIN):
    case AVERROR(EIO):
    case AVERROR(EBUSY):
    case AVERROR(ECONNREFUSED):
    case AVERROR(ECONNRESET):
    case AVERROR(EHOSTUNREACH):
    case AVERROR(ENETUNREACH):
    case AVERROR(ENODEV):
    case AVERROR(EPIPE):
    case AVERROR_HTTP_SERVER_ERROR:
      return ErrorCode::Unavailable;
    default:
      return ErrorCode::Internal;
  }
}

}  // namespace

Error ffmpeg_error(int code, const std::string& what) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(code, text.data(), text.size());
  return {code_of(code), what + ": " + text.data(), "ffmpeg", code};
}

Error out_of_memory() { return {ErrorCode::ResourceExhausted, "out of memory", "ffmpeg", 0}; }

}  // namespace streamkit::media
