#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <streamkit/media/ffmpeg_log.hpp>
#include <streamkit/media/media_file.hpp>
#include <string>
#include <variant>

#include "fuzz/input_hash.hpp"

using namespace streamkit;

namespace {

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

// A frame has the size that was stated, and all of its rows can be read.
void check_frame(const VideoFrame& frame, const VideoFormat& format) {
  require(frame.format.width_px == format.width_px && frame.format.height_px == format.height_px,
          "frames have the size that was stated");
  unsigned sum = 0;
  const int bytes = bytes_per_sample(frame.format.pixel_format);
  for (const VideoPlane& plane : frame.planes) {
    for (int y = 0; y < plane.height_px; ++y) sum += plane.row(y)[plane.width_px * bytes - 1];
  }
  [[maybe_unused]] static volatile unsigned sink = 0;
  sink = sum;
}

media::ReaderOptions reader_options(std::uint64_t choice) {
  media::ReaderOptions options;
  options.limits = media::MediaLimits{.chunk_duration = std::chrono::seconds(5)};
  // Larger frames would only take time.
  options.limits->policy.max_pixels = std::int64_t{1024} * 1024;
  options.allow_sound_only = choice % 2 == 0;
  options.skip_video = choice % 16 == 1;
  options.keep_hdr = choice % 16 == 3;
  if (choice % 8 != 5) options.missing_sound = [] { return AudioFormat{}; };
  if (choice % 8 == 6) options.start = std::chrono::milliseconds(150);
  if (choice % 4 == 2) options.end = std::chrono::milliseconds(450);
  // Pictures of any size are scaled to this one, as those of later chunks are.
  if (choice % 4 != 3) {
    options.frame_size = [](const VideoFormat& own) {
      VideoFormat small = own;
      small.width_px = 48;
      small.height_px = 32;
      return small;
    };
  }
  return options;
}

// A file without a name on disk.
class MemoryFile {
 public:
  explicit MemoryFile(std::span<const std::uint8_t> bytes)
      : descriptor_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    require(::write(descriptor_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
            "a file can be written");
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  const int descriptor_;
};

// Containers that only files on one's own disk may have are read as such.
Result<std::unique_ptr<MediaReader>> open(std::span<const std::uint8_t> bytes,
                                          const media::ReaderOptions& options) {
  auto reader = media::open_media_bytes(Bytes(bytes.begin(), bytes.end()), options);
  if (reader || reader.error().code != ErrorCode::Unsupported || exceeded_limit(reader.error())) {
    return reader;
  }
  return media::open_media_file(MemoryFile(bytes).path(), options);
}

}  // namespace

// Whatever the bytes are, they are read to their end, or to an error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const media::FfmpegLog kSilent(nullptr);
  constexpr int kMostItems = 4000;
  const std::span<const std::uint8_t> bytes(data, size);
  const auto reader = open(bytes, reader_options(fuzz::input_hash(bytes)));
  if (!reader) {
    require(!reader.error().message.empty(), "an error has a text");
    return 0;
  }
  std::optional<MediaTime> last;
  for (int count = 0; count < kMostItems; ++count) {
    const auto item = (*reader)->read({});
    if (!item || std::holds_alternative<EndOfStream>(*item)) break;
    if (const auto* frame = std::get_if<VideoFrame>(&*item)) {
      check_frame(*frame, (*reader)->info().video);
      require(!last || frame->pts > *last, "frames come in the order of their times");
      last = frame->pts;
    }
  }
  return 0;
}
