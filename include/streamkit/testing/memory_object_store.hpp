#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/store/object_store.hpp>
#include <string>

namespace streamkit::testing {

/// A complete ObjectStore in memory; the bytes live as long as the store. Unlike a store on disk it
/// accepts "a" beside "a/b". Times come from the clock of the context.
class STREAMKIT_API MemoryObjectStore final : public ObjectStore {
 public:
  explicit MemoryObjectStore(Context context = {}) : context_(context) {}

  Result<void> put(std::string_view key, std::span<const std::uint8_t> body,
                   const PutOptions& options, std::stop_token stop) override;
  Result<Bytes> get(std::string_view key, std::stop_token stop) override;
  Result<std::shared_ptr<const ObjectReader>> open(std::string_view key,
                                                   std::stop_token stop) override;
  [[nodiscard]] bool opens_immediately() const noexcept override { return true; }
  Result<ObjectInfo> head(std::string_view key, std::stop_token stop) override;
  Result<std::vector<ObjectInfo>> list(std::string_view prefix, std::string_view after,
                                       std::size_t limit, std::stop_token stop) override;
  Result<void> remove(std::string_view key, std::stop_token stop) override;

  /// Returns the content type given to put(); empty if there is no such object.
  [[nodiscard]] std::string content_type_of(std::string_view key) const;

 private:
  struct Object {
    std::shared_ptr<const Bytes> body;
    std::string content_type;
    std::chrono::system_clock::time_point modified;
  };

  const Context context_;
  mutable std::mutex mutex_;
  // Guarded by mutex_
  std::map<std::string, Object, std::less<>> objects_;
};

}  // namespace streamkit::testing
