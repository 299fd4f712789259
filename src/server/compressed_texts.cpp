#include "server/compressed_texts.hpp"

#include <algorithm>
#include <streamkit/http/gzip.hpp>
#include <utility>

namespace streamkit::server {

SharedText CompressedTexts::get(std::string_view session_id, const SharedText& text) {
  const auto entry = entry_of(session_id);
  std::lock_guard lock(entry->mutex);
  if (entry->text != text) {
    entry->text = text;
    auto compressed = http::gzip(*text);
    entry->compressed =
        compressed ? std::make_shared<const std::string>(*std::move(compressed)) : nullptr;
  }
  return entry->compressed;
}

bool CompressedTexts::contains(std::string_view session_id) const {
  std::lock_guard lock(mutex_);
  return entries_.contains(session_id);
}

void CompressedTexts::forget(std::string_view session_id) {
  std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(session_id); found != entries_.end()) entries_.erase(found);
}

std::shared_ptr<CompressedTexts::Entry> CompressedTexts::entry_of(std::string_view session_id) {
  std::lock_guard lock(mutex_);
  auto found = entries_.find(session_id);
  if (found == entries_.end()) {
    if (entries_.size() >= max_sessions_ && !entries_.empty()) {
      entries_.erase(std::min_element(entries_.begin(), entries_.end(), [](auto& a, auto& b) {
        return a.second->last_used < b.second->last_used;
      }));
    }
    found = entries_.emplace(session_id, std::make_shared<Entry>()).first;
  }
  found->second->last_used = ++uses_;
  return found->second;
}

}  // namespace streamkit::server
