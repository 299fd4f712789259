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

}  // namespace

Result<void> check_object_key(std::string_view key) {
  const auto refuse = [](std::string_view reason) {
    return Error{ErrorCode::InvalidArgument, "object key " + std::string(reason)};
  };
  if (key.empty()) return refuse("is empty");
  if (key.size() > kMaxObjectKeyBytes) return refuse("is longer than 1024 bytes");
  for (const char c : key) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\') {
      return refuse("holds a control character or a backslash");
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

}  // namespace streamkit
