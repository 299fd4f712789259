#include <algorithm>
#include <streamkit/store/object_store.hpp>
#include <utility>

namespace streamkit {
namespace {

class CollectedUpload final : public ObjectUpload {
 public:
  CollectedUpload(ObjectStore& store, std::string_view key, PutOptions options)
      : store_(store), key_(key), options_(std::move(options)) {}

  Result<void> append(std::span<const std::uint8_t> bytes, std::stop_token stop) override {
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "store call cancelled"};
    body_.insert(body_.end(), bytes.begin(), bytes.end());
    return {};
  }
  Result<void> commit(std::stop_token stop) override {
    return store_.put(key_, body_, options_, std::move(stop));
  }

 private:
  ObjectStore& store_;
  const std::string key_;
  const PutOptions options_;
  Bytes body_;
};

class CollectedReader final : public ObjectReader {
 public:
  CollectedReader(ObjectInfo info, Bytes bytes)
      : info_(std::move(info)), bytes_(std::move(bytes)) {}

  const ObjectInfo& info() const noexcept override { return info_; }
  Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> into,
                           std::stop_token stop) const override {
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "reading an object cancelled"};
    const auto from = std::min<std::uint64_t>(offset, bytes_.size());
    const auto size = std::min<std::uint64_t>(into.size(), bytes_.size() - from);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(from), size, into.begin());
    return static_cast<std::size_t>(size);
  }

 private:
  const ObjectInfo info_;
  const Bytes bytes_;
};

bool same_version(const ObjectInfo& a, const ObjectInfo& b) noexcept {
  return a.size_bytes == b.size_bytes && a.modified == b.modified;
}

}  // namespace

Result<void> check_object_key(std::string_view key) {
  const auto refuse = [](std::string_view reason) {
    return Error{ErrorCode::InvalidArgument, "object key " + std::string(reason)};
  };
  if (key.empty()) return refuse("is empty");
  if (key.size() > kMaxObjectKeyBytes) return refuse("is longer than 1024 bytes");
  for (const char c : key) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\') {
      return refuse("contains a control character or a backslash");
    }
  }
  for (std::string_view rest = key;;) {
    const auto slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    if (part.empty() || part == "." || part == "..") {
      return refuse("has an empty, '.' or '..' part");
    }
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
}

Result<std::unique_ptr<ObjectUpload>> ObjectStore::begin_put(std::string_view key,
                                                             const PutOptions& options,
                                                             std::stop_token stop) {
  if (auto valid = check_object_key(key); !valid) return valid.error();
  if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "store call cancelled"};
  return std::unique_ptr<ObjectUpload>(std::make_unique<CollectedUpload>(*this, key, options));
}

Result<std::shared_ptr<const ObjectReader>> ObjectStore::open(std::string_view key,
                                                              std::stop_token stop) {
  // Size and time must be those of the bytes: an object may be replaced between the calls.
  constexpr int kAttempts = 3;
  auto before = head(key, stop);
  for (int attempt = 0; before && attempt < kAttempts; ++attempt) {
    auto bytes = get(key, stop);
    if (!bytes) return bytes.error();
    auto after = head(key, stop);
    if (after && same_version(*before, *after) && bytes->size() == after->size_bytes) {
      return std::make_shared<const CollectedReader>(*std::move(after), *std::move(bytes));
    }
    before = std::move(after);
  }
  if (!before) return before.error();
  return Error{ErrorCode::Unavailable, "the object was replaced each time it was read"};
}

}  // namespace streamkit
