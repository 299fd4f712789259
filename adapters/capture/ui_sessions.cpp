#include "capture/ui_sessions.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <streamkit/core/errno_error.hpp>
#include <streamkit/core/file_access.hpp>
#include <streamkit/core/text.hpp>
#include <streamkit/net/url.hpp>
#include <system_error>

namespace streamkit::capture_tool {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostBytes = 256 * 1024;
constexpr mode_t kOwnerOnly = 0600;

Error cannot(std::string_view what, const std::filesystem::path& file) {
  return errno_error(errno, "cannot " + std::string(what) + " '" + file.string() + "'");
}

// No value: there is no file. Never blocks, also not on a pipe.
Result<std::optional<std::string>> read_file(const std::filesystem::path& file) {
  const auto opened = files::open_file(file);
  if (!opened && opened.error().code == ErrorCode::NotFound) return std::optional<std::string>{};
  if (!opened) return opened.error();
  const auto bytes = files::read_begin(*opened, kMostBytes + 1);
  if (!bytes) return bytes.error().with_context("'" + file.string() + "'");
  if (bytes->size() > kMostBytes) {
    return Error{ErrorCode::CorruptData, "'" + file.string() + "' is not a list of sessions"};
  }
  return std::optional(std::string(bytes->begin(), bytes->end()));
}

bool is_link(const std::string& url) { return url.empty() || net::parse_url(url).has_value(); }

std::optional<RecentSession> session_of(const Json& json) {
  if (!json.is_object()) return {};
  const auto text = [&](const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  RecentSession session{text("session_id"), text("playlist_url"), text("watch_url"),
                        text("source"),     text("started_at"),   text("state")};
  const auto chunks = json.find("chunks");
  if (chunks != json.end() && chunks->is_number_unsigned()) {
    session.chunks = chunks->get<std::uint64_t>();
  }
  const bool valid =
      !session.session_id.empty() && is_link(session.playlist_url) && is_link(session.watch_url);
  return valid ? std::optional(std::move(session)) : std::nullopt;
}

std::string text_of(const std::vector<RecentSession>& sessions) {
  Json list = Json::array();
  for (const auto& session : sessions) {
    list.push_back({{"session_id", session.session_id},
                    {"playlist_url", session.playlist_url},
                    {"watch_url", session.watch_url},
                    {"source", session.source},
                    {"started_at", session.started_at},
                    {"state", session.state},
                    {"chunks", session.chunks}});
  }
  return Json{{"sessions", std::move(list)}}.dump(1, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

}  // namespace

RecentSessions::RecentSessions(std::filesystem::path file, Context context)
    : file_(std::move(file)), context_(context) {
  if (!file_.empty()) load();
}

void RecentSessions::load() {
  const auto text = read_file(file_);
  if (text && !*text) return;
  const Json json = text ? Json::parse(**text, nullptr, /*allow_exceptions=*/false)
                         : Json(Json::value_t::discarded);
  const auto list = json.is_object() ? json.find("sessions") : json.end();
  if (json.is_object() && list != json.end() && list->is_array()) {
    for (const auto& entry : *list) {
      if (auto session = session_of(entry)) sessions_.push_back(*std::move(session));
      if (sessions_.size() == kMost) break;
    }
    return;
  }
  auto aside = file_;
  aside += ".damaged";
  std::error_code ignored;
  std::filesystem::rename(file_, aside, ignored);
  context_.log(LogLevel::Warning, "the list of recent sessions could not be read",
               {{"file", file_.string()}, {"kept_as", aside.string()}});
}

std::vector<RecentSession> RecentSessions::list() const {
  const std::lock_guard lock(mutex_);
  return sessions_;
}

std::string RecentSessions::json() const { return text_of(list()); }

void RecentSessions::put(RecentSession session) {
  std::string text;
  {
    const std::lock_guard lock(mutex_);
    const auto known = std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& other) {
      return other.session_id == session.session_id;
    });
    if (known == sessions_.end()) {
      sessions_.insert(sessions_.begin(), std::move(session));
      if (sessions_.size() > kMost) sessions_.resize(kMost);
    } else {
      if (*known == session) return;
      *known = std::move(session);
    }
    text = text_of(sessions_);
  }
  if (file_.empty()) return;
  if (const auto saved = save(text); !saved) {
    context_.log(LogLevel::Warning, "the list of recent sessions could not be written",
                 {{"reason", to_string(saved.error())}});
  }
}

// A temporary file that is renamed, so that the list is never incomplete.
Result<void> RecentSessions::save(const std::string& text) const {
  std::error_code failure;
  std::filesystem::create_directories(file_.parent_path(), failure);
  auto part = file_;
  part += ".part";
  const auto remove_part = [&] { std::filesystem::remove(part, failure); };
  remove_part();
  const FileDescriptor opened(
      ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly));
  if (!opened) return cannot("write", part);
  auto saved = files::write_all(opened, bytes_of(text));
  if (saved && std::rename(part.c_str(), file_.c_str()) != 0) saved = cannot("rename", part);
  if (!saved) remove_part();
  return saved;
}

}  // namespace streamkit::capture_tool
