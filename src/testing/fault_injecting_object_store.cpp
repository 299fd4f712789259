#include <streamkit/testing/fault_injecting_object_store.hpp>
#include <utility>

namespace streamkit::testing {

class FaultInjectingObjectStore::Upload final : public ObjectUpload {
 public:
  Upload(FaultInjectingObjectStore& store, std::string_view key,
         std::unique_ptr<ObjectUpload> inner)
      : store_(store), key_(key), inner_(std::move(inner)) {}

  Result<void> append(std::span<const std::uint8_t> bytes, std::stop_token stop) override {
    const std::uint64_t nth = store_.count(ObjectCall::Append, key_);
    auto admitted = store_.admit(ObjectCall::Append, key_, nth);
    return admitted ? inner_->append(bytes, std::move(stop)) : admitted;
  }
  Result<void> commit(std::stop_token stop) override {
    auto admitted = store_.admit_put(key_, stop);
    return admitted ? inner_->commit(std::move(stop)) : admitted;
  }

 private:
  FaultInjectingObjectStore& store_;
  const std::string key_;
  const std::unique_ptr<ObjectUpload> inner_;
};

class FaultInjectingObjectStore::Reader final : public ObjectReader {
 public:
  Reader(FaultInjectingObjectStore& store, std::shared_ptr<const ObjectReader> inner)
      : store_(store), inner_(std::move(inner)) {}

  const ObjectInfo& info() const noexcept override { return inner_->info(); }
  Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> into,
                           std::stop_token stop) const override {
    const std::uint64_t nth = store_.count(ObjectCall::Read, info().key);
    auto admitted = store_.admit(ObjectCall::Read, info().key, nth);
    if (!admitted) return admitted.error();
    return inner_->read(offset, into, std::move(stop));
  }

 private:
  FaultInjectingObjectStore& store_;
  const std::shared_ptr<const ObjectReader> inner_;
};

void FaultInjectingObjectStore::script(ObjectCall call,
                                       std::vector<std::optional<Error>> outcomes) {
  std::lock_guard lock(mutex_);
  auto& script = scripts_[slot(call)];
  for (auto& outcome : outcomes) script.push_back(std::move(outcome));
}

void FaultInjectingObjectStore::fail_when(FaultRule rule) {
  std::lock_guard lock(mutex_);
  rule_ = std::move(rule);
}

void FaultInjectingObjectStore::hold_puts() {
  std::lock_guard lock(mutex_);
  holding_ = true;
}

void FaultInjectingObjectStore::release_one_put() {
  std::lock_guard lock(mutex_);
  ++released_tickets_;
  changed_.notify_all();
}

void FaultInjectingObjectStore::release_puts() {
  std::lock_guard lock(mutex_);
  holding_ = false;
  changed_.notify_all();
}

void FaultInjectingObjectStore::await_held_puts(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return held_ >= count; });
}

std::uint64_t FaultInjectingObjectStore::calls(ObjectCall call) const {
  std::lock_guard lock(mutex_);
  return calls_[slot(call)];
}

std::vector<std::string> FaultInjectingObjectStore::put_keys() const {
  std::lock_guard lock(mutex_);
  return put_keys_;
}

Result<void> FaultInjectingObjectStore::put(std::string_view key,
                                            std::span<const std::uint8_t> body,
                                            const PutOptions& options, std::stop_token stop) {
  if (auto admitted = admit_put(key, stop); !admitted) return admitted;
  return inner_.put(key, body, options, std::move(stop));
}

Result<std::unique_ptr<ObjectUpload>> FaultInjectingObjectStore::begin_put(
    std::string_view key, const PutOptions& options, std::stop_token stop) {
  auto begun = inner_.begin_put(key, options, std::move(stop));
  if (!begun) return begun;
  return std::unique_ptr<ObjectUpload>(std::make_unique<Upload>(*this, key, *std::move(begun)));
}

Result<Bytes> FaultInjectingObjectStore::get(std::string_view key, std::stop_token stop) {
  const std::uint64_t nth = count(ObjectCall::Get, key);
  if (auto admitted = admit(ObjectCall::Get, key, nth); !admitted) return admitted.error();
  return inner_.get(key, stop);
}

Result<std::shared_ptr<const ObjectReader>> FaultInjectingObjectStore::open(std::string_view key,
                                                                            std::stop_token stop) {
  const std::uint64_t nth = count(ObjectCall::Open, key);
  if (auto admitted = admit(ObjectCall::Open, key, nth); !admitted) return admitted.error();
  auto opened = inner_.open(key, std::move(stop));
  if (!opened) return opened.error();
  return std::make_shared<const Reader>(*this, *std::move(opened));
}

Result<ObjectInfo> FaultInjectingObjectStore::head(std::string_view key, std::stop_token stop) {
  const std::uint64_t nth = count(ObjectCall::Head, key);
  if (auto admitted = admit(ObjectCall::Head, key, nth); !admitted) return admitted.error();
  return inner_.head(key, stop);
}

Result<std::vector<ObjectInfo>> FaultInjectingObjectStore::list(std::string_view prefix,
                                                                std::string_view after,
                                                                std::size_t limit,
                                                                std::stop_token stop) {
  const std::uint64_t nth = count(ObjectCall::List, prefix);
  if (auto admitted = admit(ObjectCall::List, prefix, nth); !admitted) return admitted.error();
  return inner_.list(prefix, after, limit, stop);
}

Result<void> FaultInjectingObjectStore::remove(std::string_view key, std::stop_token stop) {
  const std::uint64_t nth = count(ObjectCall::Remove, key);
  if (auto admitted = admit(ObjectCall::Remove, key, nth); !admitted) return admitted;
  return inner_.remove(key, stop);
}

Result<void> FaultInjectingObjectStore::admit_put(std::string_view key, std::stop_token stop) {
  const std::uint64_t nth = count(ObjectCall::Put, key);
  if (auto passed = pass_hold(std::move(stop)); !passed) return passed;
  return admit(ObjectCall::Put, key, nth);
}

std::uint64_t FaultInjectingObjectStore::count(ObjectCall call, std::string_view key) {
  std::lock_guard lock(mutex_);
  if (call == ObjectCall::Put) put_keys_.emplace_back(key);
  return calls_[slot(call)]++;
}

Result<void> FaultInjectingObjectStore::admit(ObjectCall call, std::string_view key,
                                              std::uint64_t nth) {
  FaultRule rule;
  {
    std::lock_guard lock(mutex_);
    auto& script = scripts_[slot(call)];
    if (!script.empty()) {
      std::optional<Error> outcome = std::move(script.front());
      script.pop_front();
      return outcome ? Result<void>(*std::move(outcome)) : Result<void>();
    }
    rule = rule_;
  }
  if (!rule) return {};
  std::optional<Error> fault = rule(call, key, nth);
  return fault ? Result<void>(*std::move(fault)) : Result<void>();
}

Result<void> FaultInjectingObjectStore::pass_hold(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  if (!holding_) return {};
  const std::uint64_t ticket = next_ticket_++;
  ++held_;
  changed_.notify_all();
  changed_.wait(lock, stop, [&] { return !holding_ || ticket < released_tickets_; });
  --held_;
  if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "put cancelled while held"};
  return {};
}

}  // namespace streamkit::testing
