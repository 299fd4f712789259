#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <streamkit/core/result.hpp>
#include <string>

namespace streamkit::s3 {

/// A number of parts and their size together. Negative for a part that replaces a larger one.
struct PartTotals {
  std::int64_t count = 0;
  std::int64_t size_bytes = 0;

  PartTotals& operator+=(const PartTotals& other) noexcept {
    count += other.count;
    size_bytes += other.size_bytes;
    return *this;
  }
  PartTotals& operator-=(const PartTotals& other) noexcept {
    return *this += PartTotals{-other.count, -other.size_bytes};
  }
};

/// Remembers how much the unfinished uploads of each group hold, so that a part need not list those
/// before it.
/// Thread-safety: every method may be called from any thread, concurrently. Groups rarely wait for
/// one another.
class UploadTotals {
 public:
  /// Counts what is stored of a group.
  using Measure = std::function<Result<PartTotals>()>;

  /// Books a part that is about to be stored; call finish() afterwards. Returns false, and books
  /// nothing, if the group would then hold more than `limit`. Calls `measure` for a group that is
  /// not known, and before it returns false if parts that were being stored may have been counted
  /// twice. Errors: those of `measure`.
  Result<bool> begin(const std::string& group, PartTotals part, PartTotals limit,
                     const Measure& measure);
  /// The part has been stored or not.
  void finish(const std::string& group, PartTotals part, bool stored);
  /// The group is measured again when it is needed next.
  void forget(const std::string& group);
  void forget_all();

 private:
  struct Group {
    std::optional<PartTotals> total;  // with those in flight
    PartTotals in_flight;
    int calls_in_flight = 0;
    bool exact = true;
  };
  struct Stripe {
    std::mutex mutex;
    std::map<std::string, Group> groups;
  };

  // Drops the total, and the group unless parts of it are in flight.
  static void drop(std::map<std::string, Group>& groups,
                   std::map<std::string, Group>::iterator group);

  Stripe& stripe_of(const std::string& group) {
    return stripes_[std::hash<std::string>{}(group) % stripes_.size()];
  }

  std::array<Stripe, 16> stripes_;
};

}  // namespace streamkit::s3
