#include "http/body_limits.hpp"

#include <utility>

namespace streamkit::http {
namespace {

using Share = BodyLimits::Share;

bool fits(std::uint64_t used, std::uint64_t more, std::uint64_t limit) noexcept {
  return limit == 0 || more == 0 || (used <= limit && more <= limit - used);
}

bool fits(const Share& used, const Share& more, const Share& limit) noexcept {
  return fits(used.bodies, more.bodies, limit.bodies) && fits(used.bytes, more.bytes, limit.bytes);
}

Share used_by(const std::map<std::string, Share>& names, const std::string& name) {
  const auto found = names.find(name);
  return found == names.end() ? Share{} : found->second;
}

void add_to(Share& used, const Share& more) noexcept {
  used.bodies += more.bodies;
  used.bytes += more.bytes;
}

void remove_from(Share& used, const Share& less) noexcept {
  used.bodies -= less.bodies;
  used.bytes -= less.bytes;
}

void remove_from(std::map<std::string, Share>& names, const std::string& name, const Share& less) {
  const auto found = names.find(name);
  if (found == names.end()) return;
  remove_from(found->second, less);
  if (found->second.bodies == 0) names.erase(found);
}

}  // namespace

BodyLimits::Body::~Body() {
  if (counted_) limits_.remove(client_, sender_, {1, bytes_});
}

BodyLimits::Limit BodyLimits::Body::begin(std::string client, std::string sender) {
  client_ = std::move(client);
  sender_ = std::move(sender);
  const Limit limit = limits_.add(client_, sender_, {1, 0});
  counted_ = limit == Limit::None;
  return limit;
}

BodyLimits::Limit BodyLimits::Body::hold(std::uint64_t bytes) {
  if (bytes > bytes_) {
    const Limit limit = limits_.add(client_, sender_, {0, bytes - bytes_});
    if (limit != Limit::None) return limit;
  } else if (bytes < bytes_) {
    limits_.remove(client_, sender_, {0, bytes_ - bytes});
  }
  bytes_ = bytes;
  return Limit::None;
}

BodyLimits::Share BodyLimits::used() const {
  std::lock_guard lock(mutex_);
  return used_;
}

BodyLimits::Limit BodyLimits::add(const std::string& client, const std::string& sender,
                                  Share more) {
  std::lock_guard lock(mutex_);
  // The narrowest limit is reported first, because it tells the sender most.
  if (!sender.empty() && !fits(used_by(senders_, sender), more, options_.sender)) {
    return Limit::Sender;
  }
  if (!client.empty() && !fits(used_by(clients_, client), more, options_.client)) {
    return Limit::Client;
  }
  if (!fits(used_, more, options_.all)) return Limit::All;
  if (!sender.empty()) add_to(senders_[sender], more);
  if (!client.empty()) add_to(clients_[client], more);
  add_to(used_, more);
  return Limit::None;
}

void BodyLimits::remove(const std::string& client, const std::string& sender, Share less) {
  std::lock_guard lock(mutex_);
  if (!sender.empty()) remove_from(senders_, sender, less);
  if (!client.empty()) remove_from(clients_, client, less);
  remove_from(used_, less);
}

}  // namespace streamkit::http
