#pragma once

#include <streamkit/store/object_store.hpp>

#include "server/disk_reserve.hpp"

namespace streamkit::server {

/// An ObjectStore whose writes leave the reserve of the disk free: they fail with RateLimited when
/// they would take from it. Everything else is passed on.
/// Thread-safety: as the store's.
class ReservingObjectStore final : public ObjectStore {
 public:
  /// The arguments must outlive this object.
  ReservingObjectStore(ObjectStore& objects, DiskReserve& disk) : objects_(objects), disk_(disk) {}

  Result<void> put(std::string_view key, std::span<const std::uint8_t> body,
                   const PutOptions& options, std::stop_token stop) override;
  Result<std::unique_ptr<ObjectUpload>> begin_put(std::string_view key, const PutOptions& options,
                                                  std::stop_token stop) override;
  Result<Bytes> get(std::string_view key, std::stop_token stop) override {
    return objects_.get(key, std::move(stop));
  }
  Result<std::shared_ptr<const ObjectReader>> open(std::string_view key,
                                                   std::stop_token stop) override {
    return objects_.open(key, std::move(stop));
  }
  bool opens_immediately() const noexcept override { return objects_.opens_immediately(); }
  Result<ObjectInfo> head(std::string_view key, std::stop_token stop) override {
    return objects_.head(key, std::move(stop));
  }
  Result<std::vector<ObjectInfo>> list(std::string_view prefix, std::string_view after,
                                       std::size_t limit, std::stop_token stop) override {
    return objects_.list(prefix, after, limit, std::move(stop));
  }
  Result<void> remove(std::string_view key, std::stop_token stop) override {
    return objects_.remove(key, std::move(stop));
  }

 private:
  ObjectStore& objects_;
  DiskReserve& disk_;
};

}  // namespace streamkit::server
