#include <algorithm>
#include <streamkit/testing/memory_object_store.hpp>
#include <utility>

namespace streamkit::testing {
namespace {

Error not_found(std::string_view key) {
  return {ErrorCode::NotFound, "no object '" + std::string(key) + "'"};
}

Result<void> check_call(std::string_view key, const std::stop_token& stop) {
  if (auto valid = check_object_key(key); !valid) return valid;
  if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "store call cancelled"};
  return {};
}

class MemoryReader final : public ObjectReader {
 public:
  MemoryReader(ObjectInfo info, std::shared_ptr<const Bytes> body)
      : info_(std::move(info)), body_(std::move(body)) {}

  const ObjectInfo& info() const noexcept override { return info_; }
  Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> into,
                           std::stop_token stop) const override {
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "store call cancelled"};
    const auto from = std::min<std::uint64_t>(offset, body_->size());
    const auto size = std::min<std::uint64_t>(into.size(), body_->size() - from);
    std::copy_n(body_->begin() + static_cast<std::ptrdiff_t>(from), size, into.begin());
    return static_cast<std::size_t>(size);
  }

 private:
  const ObjectInfo info_;
  const std::shared_ptr<const Bytes> body_;
};

}  // namespace

Result<void> MemoryObjectStore::put(std::string_view key, std::span<const std::uint8_t> body,
                                    const PutOptions& options, std::stop_token stop) {
  if (auto fine = check_call(key, stop); !fine) return fine;
  Object object{std::make_shared<const Bytes>(body.begin(), body.end()), options.content_type,
                context_.clock_or_system().system_now()};
  std::lock_guard lock(mutex_);
  objects_.insert_or_assign(std::string(key), std::move(object));
  return {};
}

Result<Bytes> MemoryObjectStore::get(std::string_view key, std::stop_token stop) {
  if (auto fine = check_call(key, stop); !fine) return fine.error();
  std::lock_guard lock(mutex_);
  const auto found = objects_.find(key);
  if (found == objects_.end()) return not_found(key);
  return *found->second.body;
}

Result<std::shared_ptr<const ObjectReader>> MemoryObjectStore::open(std::string_view key,
                                                                    std::stop_token stop) {
  if (auto fine = check_call(key, stop); !fine) return fine.error();
  std::lock_guard lock(mutex_);
  const auto found = objects_.find(key);
  if (found == objects_.end()) return not_found(key);
  const auto& [name, object] = *found;
  return std::make_shared<const MemoryReader>(
      ObjectInfo{name, object.body->size(), object.modified}, object.body);
}

Result<ObjectInfo> MemoryObjectStore::head(std::string_view key, std::stop_token stop) {
  if (auto fine = check_call(key, stop); !fine) return fine.error();
  std::lock_guard lock(mutex_);
  const auto found = objects_.find(key);
  if (found == objects_.end()) return not_found(key);
  return ObjectInfo{found->first, found->second.body->size(), found->second.modified};
}

Result<std::vector<ObjectInfo>> MemoryObjectStore::list(std::string_view prefix,
                                                        std::string_view after, std::size_t limit,
                                                        std::stop_token stop) {
  if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "store call cancelled"};
  std::vector<ObjectInfo> infos;
  std::lock_guard lock(mutex_);
  auto next = after < prefix ? objects_.lower_bound(prefix) : objects_.upper_bound(after);
  for (; next != objects_.end() && infos.size() < limit; ++next) {
    if (!next->first.starts_with(prefix)) break;
    infos.push_back({next->first, next->second.body->size(), next->second.modified});
  }
  return infos;
}

Result<void> MemoryObjectStore::remove(std::string_view key, std::stop_token stop) {
  if (auto fine = check_call(key, stop); !fine) return fine;
  std::lock_guard lock(mutex_);
  if (const auto found = objects_.find(key); found != objects_.end()) objects_.erase(found);
  return {};
}

std::string MemoryObjectStore::content_type_of(std::string_view key) const {
  std::lock_guard lock(mutex_);
  const auto found = objects_.find(key);
  return found == objects_.end() ? std::string() : found->second.content_type;
}

}  // namespace streamkit::testing
