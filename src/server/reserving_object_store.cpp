#include "server/reserving_object_store.hpp"

#include <utility>

namespace streamkit::server {
namespace {

Result<void> take(DiskReserve& disk, std::uint64_t bytes) {
  if (disk.take(bytes)) return {};
  return disk.refuse_upload();
}

class ReservingUpload final : public ObjectUpload {
 public:
  ReservingUpload(std::unique_ptr<ObjectUpload> upload, DiskReserve& disk)
      : upload_(std::move(upload)), disk_(disk) {}

  Result<void> append(std::span<const std::uint8_t> bytes, std::stop_token stop) override {
    if (failure_) return *failure_;
    if (auto taken = take(disk_, bytes.size()); !taken) {
      failure_ = taken.error();
      return taken;
    }
    return upload_->append(bytes, std::move(stop));
  }
  Result<void> commit(std::stop_token stop) override {
    if (failure_) return *failure_;
    return upload_->commit(std::move(stop));
  }

 private:
  const std::unique_ptr<ObjectUpload> upload_;
  DiskReserve& disk_;
  std::optional<Error> failure_;
};

}  // namespace

Result<void> ReservingObjectStore::put(std::string_view key, std::span<const std::uint8_t> body,
                                       const PutOptions& options, std::stop_token stop) {
  if (auto taken = take(disk_, body.size()); !taken) return taken;
  return objects_.put(key, body, options, std::move(stop));
}

Result<std::unique_ptr<ObjectUpload>> ReservingObjectStore::begin_put(std::string_view key,
                                                                      const PutOptions& options,
                                                                      std::stop_token stop) {
  if (auto taken = take(disk_, 0); !taken) return taken.error();
  auto upload = objects_.begin_put(key, options, std::move(stop));
  if (!upload) return upload.error();
  return std::unique_ptr<ObjectUpload>(
      std::make_unique<ReservingUpload>(*std::move(upload), disk_));
}

}  // namespace streamkit::server
