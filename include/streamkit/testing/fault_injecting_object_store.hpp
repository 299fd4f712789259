#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/store/object_store.hpp>
#include <string>
#include <vector>

namespace streamkit::testing {

/// The kinds of calls. Append adds a part of a put in parts, whose commit counts as a Put; Read is
/// one read of an object that was opened.
enum class ObjectCall { Put, Get, Head, List, Remove, Append, Open, Read };

/// Decides whether a call fails. `nth` counts the calls of this kind from 0; for list, `key` is the
/// prefix. Called from the calling thread, possibly from several threads concurrently.
using FaultRule =
    std::function<std::optional<Error>(ObjectCall call, std::string_view key, std::uint64_t nth)>;

/// Passes calls on to another store, except where it is scripted to fail or to wait. A call that
/// fails does not reach the other store. Counts all calls. Its readers have no descriptor, so that
/// every read is counted, and must not outlive it.
/// Thread-safety: as for ObjectStore; scripts and rules may be changed at any time.
class STREAMKIT_API FaultInjectingObjectStore final : public ObjectStore {
 public:
  /// `inner` must outlive this object.
  explicit FaultInjectingObjectStore(ObjectStore& inner) : inner_(inner) {}

  /// Lets the next calls of this kind fail with these errors, in order; an empty entry lets one
  /// pass. Appends to what is still scripted; a script takes precedence over the rule.
  void script(ObjectCall call, std::vector<std::optional<Error>> outcomes);
  /// Sets the rule for each call that is not scripted. With an empty function all calls pass.
  void fail_when(FaultRule rule);

  /// Blocks each put from now on, before it reaches the other store, until it is released or
  /// stopped.
  void hold_puts();
  /// Releases the put that has been held longest, or else the next one that arrives.
  void release_one_put();
  /// Ends hold_puts().
  void release_puts();
  /// Blocks until `count` puts are held.
  void await_held_puts(std::size_t count);

  /// Returns the number of calls, including held and failed ones.
  [[nodiscard]] std::uint64_t calls(ObjectCall call) const;
  /// Returns the keys of all puts in order of arrival, including held and failed ones.
  [[nodiscard]] std::vector<std::string> put_keys() const;

  Result<void> put(std::string_view key, std::span<const std::uint8_t> body,
                   const PutOptions& options, std::stop_token stop) override;
  Result<std::unique_ptr<ObjectUpload>> begin_put(std::string_view key, const PutOptions& options,
                                                  std::stop_token stop) override;
  Result<Bytes> get(std::string_view key, std::stop_token stop) override;
  Result<std::shared_ptr<const ObjectReader>> open(std::string_view key,
                                                   std::stop_token stop) override;
  [[nodiscard]] bool opens_immediately() const noexcept override {
    return inner_.opens_immediately();
  }
  Result<ObjectInfo> head(std::string_view key, std::stop_token stop) override;
  Result<std::vector<ObjectInfo>> list(std::string_view prefix, std::string_view after,
                                       std::size_t limit, std::stop_token stop) override;
  Result<void> remove(std::string_view key, std::stop_token stop) override;

 private:
  class Upload;
  class Reader;
  static constexpr std::size_t kCallKinds = 8;
  static std::size_t slot(ObjectCall call) { return static_cast<std::size_t>(call); }

  Result<void> admit_put(std::string_view key, std::stop_token stop);
  std::uint64_t count(ObjectCall call, std::string_view key);
  Result<void> admit(ObjectCall call, std::string_view key, std::uint64_t nth);
  Result<void> pass_hold(std::stop_token stop);

  ObjectStore& inner_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  // Guarded by mutex_
  std::array<std::deque<std::optional<Error>>, kCallKinds> scripts_;
  std::array<std::uint64_t, kCallKinds> calls_ = {};
  FaultRule rule_;
  std::vector<std::string> put_keys_;
  bool holding_ = false;
  std::size_t held_ = 0;
  std::uint64_t next_ticket_ = 0;
  std::uint64_t released_tickets_ = 0;
};

}  // namespace streamkit::testing
