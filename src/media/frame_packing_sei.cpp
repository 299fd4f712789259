#include <algorithm>
#include <array>
#include <cassert>
#include <optional>
#include <streamkit/media/frame_packing_sei.hpp>
#include <utility>

namespace streamkit::media {
namespace {

constexpr std::uint8_t kH264SeiNal = 6;
constexpr std::uint8_t kHevcPrefixSeiNal = 39;
constexpr std::uint8_t kFramePackingPayload = 45;

class BitWriter {
 public:
  void put(std::uint32_t value, int bits) {
    for (int bit = bits - 1; bit >= 0; --bit) put_bit((value >> bit & 1U) != 0);
  }
  // Appends a one and zeros up to the next whole byte, unless the bits end there already.
  void align() {
    if (used_ == 0) return;
    put_bit(true);
    while (used_ != 0) put_bit(false);
  }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  void put_bit(bool one) {
    if (used_ == 0) bytes_.push_back(0);
    if (one) bytes_.back() = static_cast<std::uint8_t>(bytes_.back() | 0x80U >> used_);
    used_ = (used_ + 1) % 8;
  }
  Bytes bytes_;
  int used_ = 0;
};

// Writes the syntax structure frame_packing_arrangement( payloadSize ).
Bytes payload_of(FramePacking packing, VideoCodec codec) {
  BitWriter bits;
  bits.put(1, 1);  // id 0, as ue(v)
  bits.put(0, 1);  // does not cancel an earlier one
  bits.put(static_cast<std::uint32_t>(packing.arrangement), 7);
  bits.put(0, 1);                              // no quincunx sampling
  bits.put(packing.right_first ? 2U : 1U, 6);  // which view frame 0 is: 1 left, 2 right
  bits.put(0, 6);                              // nothing flipped, no fields, no self-containment
  bits.put(0, 16);                             // grid positions
  bits.put(0, 8);                              // reserved
  if (codec == VideoCodec::Hevc) {
    bits.put(1, 1);  // valid until the next message
  } else {
    bits.put(2, 3);  // the same: repetition period 1, as ue(v)
  }
  bits.put(0, 1);  // no extension; in HEVC, the aspect ratio is not that of the unpacked views
  bits.align();
  return bits.bytes();
}

// Within a NAL unit, the bytes 000000 to 000003 must not occur. Source: ITU-T H.264, 7.4.1.
Bytes without_start_codes(const Bytes& plain) {
  Bytes escaped;
  int zeros = 0;
  for (const std::uint8_t byte : plain) {
    if (zeros >= 2 && byte <= 3) {
      escaped.push_back(3);
      zeros = 0;
    }
    escaped.push_back(byte);
    zeros = byte == 0 ? zeros + 1 : 0;
  }
  return escaped;
}

bool is_slice(std::uint8_t nal_header, VideoCodec codec) {
  if (codec == VideoCodec::Hevc) return (nal_header >> 1 & 0x3F) < 32;
  const int type = nal_header & 0x1F;
  return type >= 1 && type <= 5;
}

// Returns where the start code of the first slice begins.
std::optional<std::size_t> first_slice_by_start_code(std::span<const std::uint8_t> picture,
                                                     VideoCodec codec) {
  for (std::size_t i = 0; i + 3 < picture.size(); ++i) {
    if (picture[i] != 0 || picture[i + 1] != 0 || picture[i + 2] != 1) continue;
    if (is_slice(picture[i + 3], codec)) return i > 0 && picture[i - 1] == 0 ? i - 1 : i;
    i += 2;
  }
  return {};
}

// Returns where the length of the first slice begins.
std::optional<std::size_t> first_slice_by_length(std::span<const std::uint8_t> picture,
                                                 NalFraming framing) {
  const auto length_bytes = static_cast<std::size_t>(framing.length_bytes);
  std::size_t at = 0;
  while (picture.size() - at > length_bytes) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) length = length << 8 | picture[at + i];
    if (length > picture.size() - at - length_bytes) return {};
    if (length > 0 && is_slice(picture[at + length_bytes], framing.codec)) return at;
    at += length_bytes + length;
  }
  return {};
}

class AnnouncingEncoder final : public Encoder {
 public:
  AnnouncingEncoder(std::unique_ptr<Encoder> inner, FramePacking packing)
      : inner_(std::move(inner)), tracks_(inner_->tracks()) {
    if (!tracks_.video) return;
    const VideoCodec codec = tracks_.video->codec == "hevc" ? VideoCodec::Hevc : VideoCodec::H264;
    tracks_.video->packing = packing;
    framing_ = nal_framing(tracks_.video->codec_config, codec);
    sei_ = frame_packing_sei(packing, codec);
  }

  const Tracks& tracks() const noexcept override { return tracks_; }
  Result<std::vector<Packet>> push(const VideoFrame& frame) override {
    return announced(inner_->push(frame));
  }
  Result<std::vector<Packet>> push(const AudioFrame& frame) override {
    return announced(inner_->push(frame));
  }
  Result<std::vector<Packet>> flush() override { return announced(inner_->flush()); }

 private:
  Result<std::vector<Packet>> announced(Result<std::vector<Packet>> packets) const {
    if (!packets || sei_.empty()) return packets;
    for (Packet& packet : *packets) {
      if (packet.track != TrackKind::Video || !packet.keyframe) continue;
      if (!insert_sei(packet.data, framing_, sei_)) {
        return Error{ErrorCode::Internal, "the encoder's keyframe contains no slice"};
      }
    }
    return packets;
  }

  const std::unique_ptr<Encoder> inner_;
  Tracks tracks_;
  Bytes sei_;  // empty if the codec cannot state the packing
  NalFraming framing_;
};

}  // namespace

Bytes frame_packing_sei(FramePacking packing, VideoCodec codec) {
  assert(packing.arrangement != FrameArrangement::None);
  const bool hevc = codec == VideoCodec::Hevc;
  if (hevc && packing.arrangement == FrameArrangement::RowInterleaved) return {};
  const Bytes payload = payload_of(packing, codec);
  Bytes nal = {kH264SeiNal};
  if (hevc) nal = {kHevcPrefixSeiNal << 1, 1};  // layer 0, temporal sub-layer 0
  nal.push_back(kFramePackingPayload);
  nal.push_back(static_cast<std::uint8_t>(payload.size()));
  nal.insert(nal.end(), payload.begin(), payload.end());
  nal.push_back(0x80);  // rbsp_trailing_bits
  return without_start_codes(nal);
}

NalFraming nal_framing(std::span<const std::uint8_t> codec_config, VideoCodec codec) noexcept {
  // Source: ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1: configurationVersion 1, and lengthSizeMinusOne
  // in byte 4 of avcC and 21 of hvcC.
  const std::size_t place = codec == VideoCodec::Hevc ? 21 : 4;
  if (codec_config.size() < place + 3 || codec_config[0] != 1) return {0, codec};
  return {1 + (codec_config[place] & 3), codec};
}

bool insert_sei(Bytes& picture, NalFraming framing, std::span<const std::uint8_t> sei) {
  const auto length_bytes = static_cast<std::size_t>(framing.length_bytes);
  const auto slice = length_bytes == 0 ? first_slice_by_start_code(picture, framing.codec)
                                       : first_slice_by_length(picture, framing);
  if (!slice) return false;
  Bytes framed;
  if (length_bytes == 0) framed = {0, 0, 0, 1};
  for (std::size_t i = length_bytes; i > 0; --i) {
    framed.push_back(static_cast<std::uint8_t>(sei.size() >> 8 * (i - 1)));
  }
  framed.insert(framed.end(), sei.begin(), sei.end());
  picture.insert(picture.begin() + static_cast<std::ptrdiff_t>(*slice), framed.begin(),
                 framed.end());
  return true;
}

VideoEncoderFactory announce_frame_packing(VideoEncoderFactory inner, FramePacking packing) {
  if (packing.arrangement == FrameArrangement::None) return inner;
  return [inner = std::move(inner),
          packing](const VideoFormat& format) -> Result<std::unique_ptr<Encoder>> {
    auto encoder = inner(format);
    if (!encoder) return encoder.error();
    return std::unique_ptr<Encoder>(
        std::make_unique<AnnouncingEncoder>(std::move(*encoder), packing));
  };
}

}  // namespace streamkit::media
