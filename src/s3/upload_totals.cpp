#include "s3/upload_totals.hpp"

namespace streamkit::s3 {
namespace {

bool exceeds(PartTotals total, const PartTotals& part, const PartTotals& limit) noexcept {
  total += part;
  return total.count > limit.count || total.size_bytes > limit.size_bytes;
}

}  // namespace

Result<bool> UploadTotals::begin(const std::string& name, PartTotals part, PartTotals limit,
                                 const Measure& measure) {
  Stripe& stripe = stripe_of(name);
  const std::lock_guard lock(stripe.mutex);
  Group& group = stripe.groups[name];
  if (group.total && !group.exact && exceeds(*group.total, part, limit)) group.total.reset();
  if (!group.total) {
    auto stored = measure();
    if (!stored) {
      if (group.calls_in_flight == 0) stripe.groups.erase(name);
      return stored.error();
    }
    group.exact = group.calls_in_flight == 0;
    group.total = *stored += group.in_flight;
  }
  if (exceeds(*group.total, part, limit)) return false;
  *group.total += part;
  group.in_flight += part;
  ++group.calls_in_flight;
  return true;
}

void UploadTotals::finish(const std::string& name, PartTotals part, bool stored) {
  Stripe& stripe = stripe_of(name);
  const std::lock_guard lock(stripe.mutex);
  const auto group = stripe.groups.find(name);
  if (group == stripe.groups.end()) return;
  group->second.in_flight -= part;
  --group->second.calls_in_flight;
  if (!stored || !group->second.total) drop(stripe.groups, group);
}

void UploadTotals::forget(const std::string& name) {
  Stripe& stripe = stripe_of(name);
  const std::lock_guard lock(stripe.mutex);
  const auto group = stripe.groups.find(name);
  if (group != stripe.groups.end()) drop(stripe.groups, group);
}

void UploadTotals::forget_all() {
  for (Stripe& stripe : stripes_) {
    const std::lock_guard lock(stripe.mutex);
    for (auto group = stripe.groups.begin(); group != stripe.groups.end();) {
      drop(stripe.groups, group++);
    }
  }
}

void UploadTotals::drop(std::map<std::string, Group>& groups,
                        std::map<std::string, Group>::iterator group) {
  group->second.total.reset();
  if (group->second.calls_in_flight == 0) groups.erase(group);
}

}  // namespace streamkit::s3
