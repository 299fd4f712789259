#include <algorithm>
#include <charconv>
#include <streamkit/core/text.hpp>
#include <streamkit/store/chunk_key.hpp>

namespace streamkit {
namespace {

constexpr std::string_view kInputPrefix = "stream_input/";
constexpr std::string_view kOutputPrefix = "stream_output/";
constexpr std::string_view kBatchPrefix = "segments/";

bool strip_prefix(std::string_view& text, std::string_view prefix) noexcept {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool strip_suffix(std::string_view& text, std::string_view suffix) noexcept {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

std::optional<std::uint64_t> parse_file_name(std::string_view name, std::string_view prefix,
                                             std::string_view suffix = ".mp4") noexcept {
  if (!strip_prefix(name, prefix) || !strip_suffix(name, suffix)) return {};
  return parse_chunk_index(name);
}

// "seg_{index}.mp4" or "{rendition}/seg_{index}.mp4"
std::optional<StreamOutputKey> parse_output_name(std::string_view id, std::string_view name) {
  std::string_view rendition;
  if (const auto slash = name.find('/'); slash != std::string_view::npos) {
    rendition = name.substr(0, slash);
    name.remove_prefix(slash + 1);
    // What may name a session may name a rendition.
    if (!is_valid_session_id(rendition)) return {};
  }
  const auto index = parse_segment_file_name(name);
  if (!index) return {};
  return StreamOutputKey{std::string(id), *index, std::string(rendition)};
}

struct BatchName {
  std::uint64_t index;
  std::uint64_t total;
  StereoMode mode;
};

// "{index}_{total}_{mode}.mp4"
std::optional<BatchName> parse_batch_name(std::string_view name) noexcept {
  if (!strip_suffix(name, ".mp4")) return {};
  const auto first = name.find('_');
  if (first == std::string_view::npos) return {};
  const auto second = name.find('_', first + 1);
  if (second == std::string_view::npos) return {};
  const auto index = parse_chunk_index(name.substr(0, first));
  const auto total = parse_chunk_index(name.substr(first + 1, second - first - 1));
  const auto mode = parse_stereo_mode(name.substr(second + 1));
  if (!index || !total || !mode || *index >= *total) return {};
  return BatchName{*index, *total, *mode};
}

Error not_a_chunk(std::string_view key) {
  return {ErrorCode::NotFound, "'" + std::string(key.substr(0, 200)) + "' is not a chunk key"};
}

Error bad_id() {
  return {ErrorCode::InvalidArgument, "the id in a chunk key must be 1 to 64 of A-Z a-z 0-9 _ -"};
}

}  // namespace

bool is_valid_session_id(std::string_view id) noexcept {
  constexpr std::size_t kMaxLength = 64;
  return !id.empty() && id.size() <= kMaxLength && std::all_of(id.begin(), id.end(), [](char c) {
    return is_ascii_alphanumeric(c) || c == '_' || c == '-';
  });
}

Error invalid_session_id() {
  return {ErrorCode::InvalidArgument, "a session id is 1 to 64 of A-Z, a-z, 0-9, '_' and '-'"};
}

std::string input_prefix(std::string_view session_id) {
  return std::string(kInputPrefix).append(session_id).append("/");
}

std::string output_prefix(std::string_view session_id) {
  return std::string(kOutputPrefix).append(session_id).append("/");
}

std::string to_string(const StreamInputKey& key) {
  return input_prefix(key.session_id) + "chunk_" + format_chunk_index(key.index) + ".mp4";
}

std::string to_string(const StreamOutputKey& key) {
  std::string text = output_prefix(key.session_id);
  if (!key.rendition.empty()) text.append(key.rendition).append("/");
  return text + segment_file_name(key.index);
}

std::string to_string(const BatchSegmentKey& key) {
  return std::string(kBatchPrefix) + key.job_id + "/" + format_chunk_index(key.index) + "_" +
         format_chunk_index(key.total) + "_" + std::string(to_string(key.mode)) + ".mp4";
}

std::string to_string(const SegmentStateKey& key) {
  return output_prefix(key.session_id) + "state_" + format_chunk_index(key.index) + ".bin";
}

std::string to_string(const ChunkKey& key) {
  return std::visit([](const auto& variant) { return to_string(variant); }, key);
}

Result<ChunkKey> parse_chunk_key(std::string_view key) {
  std::string_view rest = key;
  const bool input = strip_prefix(rest, kInputPrefix);
  const bool output = !input && strip_prefix(rest, kOutputPrefix);
  const bool batch = !input && !output && strip_prefix(rest, kBatchPrefix);
  if (!input && !output && !batch) return not_a_chunk(key);

  const auto slash = rest.find('/');
  if (slash == std::string_view::npos) return not_a_chunk(key);
  const std::string_view id = rest.substr(0, slash);
  const std::string_view name = rest.substr(slash + 1);
  if (!is_valid_session_id(id)) return bad_id();

  if (input) {
    if (const auto index = parse_file_name(name, "chunk_")) {
      return ChunkKey{StreamInputKey{std::string(id), *index}};
    }
  } else if (output) {
    if (auto output_key = parse_output_name(id, name)) return ChunkKey{*std::move(output_key)};
  } else if (const auto parts = parse_batch_name(name)) {
    return ChunkKey{BatchSegmentKey{std::string(id), parts->index, parts->total, parts->mode}};
  }
  return not_a_chunk(key);
}

Result<SegmentStateKey> parse_segment_state_key(std::string_view key) {
  std::string_view rest = key;
  const auto slash = strip_prefix(rest, kOutputPrefix) ? rest.find('/') : std::string_view::npos;
  if (slash == std::string_view::npos) return not_a_chunk(key);
  const std::string_view id = rest.substr(0, slash);
  if (!is_valid_session_id(id)) return bad_id();
  const auto index = parse_file_name(rest.substr(slash + 1), "state_", ".bin");
  if (!index) return not_a_chunk(key);
  return SegmentStateKey{std::string(id), *index};
}

}  // namespace streamkit
