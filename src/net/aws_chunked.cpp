#include <algorithm>
#include <optional>
#include <streamkit/net/aws_chunked.hpp>

#include "aws_chunk_line.hpp"
#include "sigv4_pieces.hpp"

namespace streamkit::net {
namespace {

constexpr std::string_view kSigned = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
constexpr std::string_view kSignedWithTrailer = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
constexpr std::string_view kUnsignedWithTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
constexpr std::string_view kTrailerSignature = "x-amz-trailer-signature";
constexpr std::size_t kMaxLineBytes = 1024;
constexpr std::size_t kMaxTrailerBytes = 8 * 1024;
constexpr std::size_t kMaxTrailers = 16;

class Decoder final : public AwsChunkedDecoder {
 public:
  Decoder(const VerifiedRequest& request, AwsChunkedOptions options)
      : options_(std::move(options)), has_trailer_(request.payload_hash != kSigned) {
    if (request.payload_hash != kUnsignedWithTrailer) chain_.emplace(request);
  }

  Result<void> push(std::string_view bytes, std::string& decoded) override {
    while (!failure_ && !bytes.empty()) {
      if (auto stepped = step(bytes, decoded); !stepped) failure_ = stepped.error();
    }
    return outcome();
  }

  Result<void> finish() override {
    if (failure_) return *failure_;
    if (auto checked = check_end(); !checked) failure_ = checked.error();
    state_ = State::Done;
    return outcome();
  }

  [[nodiscard]] const HttpHeaders& trailers() const noexcept override { return trailers_; }
  [[nodiscard]] std::uint64_t held_bytes() const noexcept override { return held_.capacity(); }

 private:
  enum class State { Line, Data, DataEnd, Trailer, End, Done };

  Result<void> outcome() const { return failure_ ? Result<void>(*failure_) : Result<void>(); }

  // Consumes at least one of `bytes`.
  Result<void> step(std::string_view& bytes, std::string& decoded) {
    if (state_ == State::Data) return take_data(bytes, decoded);
    if (state_ == State::Done) return corrupt_body("bytes after its end");
    const auto line = take_line(bytes);
    if (!line) return line.error();
    if (!*line) return {};
    Result<void> used = use_line(**line);
    line_.clear();
    return used;
  }

  // Returns a line without its LF, once it is complete. The text is in `bytes` or in line_.
  Result<std::optional<std::string_view>> take_line(std::string_view& bytes) {
    const bool is_break = state_ == State::DataEnd || state_ == State::End;
    const std::size_t room = (is_break ? 1 : kMaxLineBytes) - line_.size();
    const auto end = bytes.substr(0, room + 1).find('\n');
    const std::string_view part = bytes.substr(0, end == bytes.npos ? room + 1 : end);
    if (part.size() > room) return overlong_line();
    const bool is_whole = end != bytes.npos;
    bytes.remove_prefix(part.size() + (is_whole ? 1 : 0));
    if (is_whole && line_.empty()) return std::optional(part);
    line_ += part;
    return is_whole ? std::optional<std::string_view>(line_) : std::nullopt;
  }

  Result<void> use_line(std::string_view line) {
    const bool has_cr = line.ends_with('\r');
    if (state_ == State::Trailer) {
      trailer_bytes_ += line.size() + 1;
      if (has_cr) line.remove_suffix(1);
      return use_trailer_line(line);
    }
    if (!has_cr) return corrupt_body("a line ends without CR");
    line.remove_suffix(1);
    if (state_ == State::Line) return begin_piece(line);
    if (!line.empty()) return overlong_line();
    state_ = state_ == State::End ? State::Done : State::Line;
    return {};
  }

  Error overlong_line() const {
    if (state_ == State::DataEnd) return corrupt_body("a chunk is longer than its declared length");
    if (state_ == State::End) return corrupt_body("bytes after its end");
    return corrupt_body("a line is too long");
  }

  Result<void> begin_piece(std::string_view line) {
    auto piece = parse_aws_chunk_line(line);
    if (!piece) return piece.error();
    if (chain_ && piece->signature.empty()) return corrupt_body("a chunk lacks chunk-signature");
    if (!chain_ && !piece->signature.empty()) {
      return corrupt_body("a signed chunk although none is declared");
    }
    if (piece->size_bytes > options_.decoded_length_bytes - decoded_bytes_) {
      return corrupt_body("more bytes than x-amz-decoded-content-length");
    }
    if (chain_ && piece->size_bytes > options_.max_chunk_bytes) {
      return corrupt_body("a signed chunk of more than " +
                          std::to_string(options_.max_chunk_bytes) + " bytes");
    }
    remaining_ = piece->size_bytes;
    signature_ = std::move(piece->signature);
    if (remaining_ == 0) return end_data();
    state_ = State::Data;
    return {};
  }

  // Handles the end of the data, after the empty chunk.
  Result<void> end_data() {
    if (chain_) {
      if (auto checked = chain_->check_piece(signature_); !checked) return checked;
    }
    if (decoded_bytes_ != options_.decoded_length_bytes) {
      return corrupt_body("fewer bytes than x-amz-decoded-content-length");
    }
    state_ = has_trailer_ ? State::Trailer : State::End;
    return {};
  }

  Result<void> take_data(std::string_view& bytes, std::string& decoded) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), remaining_));
    const std::string_view data = bytes.substr(0, size);
    bytes.remove_prefix(size);
    remaining_ -= size;
    decoded_bytes_ += size;
    if (remaining_ == 0) state_ = State::DataEnd;
    if (!chain_) {
      decoded += data;
      return {};
    }
    chain_->update(data);
    if (remaining_ > 0) {
      held_ += data;
      return {};
    }
    if (auto checked = chain_->check_piece(signature_); !checked) return checked;
    if (decoded.empty() && decoded.capacity() < held_.size()) decoded.swap(held_);
    decoded += held_;
    decoded += data;
    held_.clear();
    return {};
  }

  Result<void> use_trailer_line(std::string_view line) {
    if (trailer_bytes_ > kMaxTrailerBytes) return corrupt_body("the trailer is too long");
    if (line.empty()) return {};
    auto trailer = parse_aws_trailer_line(line);
    if (!trailer) return trailer.error();
    if (trailer_is_signed_) return corrupt_body("a trailer after the trailer's signature");
    if (chain_ && trailer->name == kTrailerSignature) return check_trailer(trailer->value);
    const auto& names = options_.trailers;
    if (std::find(names.begin(), names.end(), trailer->name) == names.end()) {
      return corrupt_body("a trailer that x-amz-trailer does not name");
    }
    if (find_header(trailers_, trailer->name)) return corrupt_body("a trailer is repeated");
    trailers_.push_back(*std::move(trailer));
    return {};
  }

  Result<void> check_trailer(std::string_view value) {
    const auto signature = parse_piece_signature(value);
    if (!signature) return signature.error();
    std::string text;
    for (const auto& [name, content] : trailers_) text += name + ":" + content + "\n";
    trailer_is_signed_ = true;
    return chain_->check_trailer(text, *signature);
  }

  Result<void> check_end() const {
    const bool at_end = state_ == State::Trailer || state_ == State::End || state_ == State::Done;
    if (!at_end || !line_.empty()) return corrupt_body("cut short");
    if (trailers_.size() != options_.trailers.size()) return corrupt_body("a trailer is missing");
    if (chain_ && has_trailer_ && !trailer_is_signed_) {
      return corrupt_body("x-amz-trailer-signature is missing");
    }
    return {};
  }

  const AwsChunkedOptions options_;
  const bool has_trailer_;
  std::optional<sigv4::PieceChain> chain_;  // of signed chunks
  State state_ = State::Line;
  std::string line_;             // the beginning of a line
  std::uint64_t remaining_ = 0;  // of the current chunk
  std::string signature_;        // of the current chunk
  std::string held_;             // data of a signed chunk
  std::uint64_t decoded_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  HttpHeaders trailers_;
  bool trailer_is_signed_ = false;
  std::optional<Error> failure_;
};

Error refuse(std::string_view reason) {
  return {ErrorCode::InvalidArgument, "x-amz-trailer " + std::string(reason)};
}

Result<void> set_names(std::vector<std::string>& names) {
  if (names.size() > kMaxTrailers) return refuse("names too many headers");
  for (std::string& name : names) {
    const auto parsed = parse_aws_trailer_line(name + ":");
    const bool is_name = parsed && parsed->value.empty() && parsed->name != kTrailerSignature;
    if (!is_name) return refuse("must name headers");
    name = parsed->name;
  }
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (std::find(names.begin(), name, *name) != name) return refuse("repeats a header");
  }
  return {};
}

}  // namespace

bool is_streaming(std::string_view payload_hash) noexcept {
  return payload_hash == kSigned || payload_hash == kSignedWithTrailer ||
         payload_hash == kUnsignedWithTrailer;
}

Result<std::unique_ptr<AwsChunkedDecoder>> AwsChunkedDecoder::create(const VerifiedRequest& request,
                                                                     AwsChunkedOptions options) {
  if (!is_streaming(request.payload_hash)) {
    return Error{ErrorCode::InvalidArgument, "the request does not declare an aws-chunked body"};
  }
  if (auto set = set_names(options.trailers); !set) return set.error();
  if (options.trailers.empty() != (request.payload_hash == kSigned)) {
    return refuse("and x-amz-content-sha256 contradict each other");
  }
  return std::make_unique<Decoder>(request, std::move(options));
}

}  // namespace streamkit::net
