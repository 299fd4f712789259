#include "capture/spool_folder.hpp"

#include <array>
#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>
#include <random>

namespace streamkit::capture_tool {

std::optional<std::filesystem::path> default_spool_folder(const common::Environment& environment) {
  const auto state = environment("XDG_STATE_HOME");
  if (state && !state->empty()) return std::filesystem::path(*state) / "streamkit" / "spool";
  const auto home = environment("HOME");
  if (home && !home->empty())
    return std::filesystem::path(*home) / ".local" / "state" / "streamkit" / "spool";
  return std::nullopt;
}

std::filesystem::path new_spool_folder(const std::filesystem::path& spools) {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> time{};
  std::strftime(time.data(), time.size(), "%Y%m%dT%H%M%SZ", &parts);
  std::array<char, 16> random{};
  std::snprintf(random.data(), random.size(), "-%08x",
                static_cast<unsigned>(std::random_device{}()));
  return spools / (std::string(time.data()) + random.data());
}

std::string to_text(const SpoolNote& note) {
  const nlohmann::json json = {{"folder", note.working_folder.string()}, {"words", note.words}};
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<SpoolNote> parse_spool_note(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const Error corrupt{ErrorCode::CorruptData, "the spool does not state how it was captured"};
  if (!json.is_object()) return corrupt;
  const auto folder = json.find("folder");
  const auto words = json.find("words");
  if (folder == json.end() || !folder->is_string()) return corrupt;
  if (words == json.end() || !words->is_array()) return corrupt;
  SpoolNote note{folder->get<std::string>(), {}};
  for (const auto& word : *words) {
    if (!word.is_string()) return corrupt;
    note.words.push_back(word.get<std::string>());
  }
  return note;
}

}  // namespace streamkit::capture_tool
