#include <atomic>
#include <streamkit/testing/fake_listener.hpp>
#include <utility>

namespace streamkit::testing {

struct FakeListener::Counts {
  std::atomic<std::size_t> accepted = 0;
  std::atomic<std::size_t> rejected = 0;
};

class FakeListener::FakeIncoming final : public Incoming {
 public:
  FakeIncoming(FakePublisher publisher, std::shared_ptr<Counts> counts)
      : publisher_(std::move(publisher)), counts_(std::move(counts)) {}

  ~FakeIncoming() override {
    if (!answered_) ++counts_->rejected;
  }

  [[nodiscard]] const std::string& name() const noexcept override { return publisher_.name; }
  [[nodiscard]] const std::string& key() const noexcept override { return publisher_.key; }

  Result<std::unique_ptr<PacketSource>> source(std::stop_token stop) override {
    if (answered_) return Error{ErrorCode::InvalidArgument, "source() was called before"};
    answered_ = true;
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "accepting cancelled"};
    if (publisher_.failure) return *publisher_.failure;
    ++counts_->accepted;
    return std::unique_ptr<PacketSource>(
        std::make_unique<FakePacketSource>(std::move(publisher_.stream)));
  }

 private:
  FakePublisher publisher_;
  const std::shared_ptr<Counts> counts_;
  bool answered_ = false;
};

FakeListener::FakeListener() : counts_(std::make_shared<Counts>()) {}
FakeListener::~FakeListener() = default;

Result<std::unique_ptr<Incoming>> FakeListener::accept(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  ++waiting_;
  changed_.notify_all();
  changed_.wait(lock, stop, [&] { return !arrived_.empty(); });
  --waiting_;
  if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "accepting cancelled"};
  Result<FakePublisher> next = std::move(arrived_.front());
  arrived_.pop_front();
  if (!next) return next.error();
  return std::unique_ptr<Incoming>(std::make_unique<FakeIncoming>(*std::move(next), counts_));
}

void FakeListener::connect(FakePublisher publisher) {
  const std::lock_guard lock(mutex_);
  arrived_.emplace_back(std::move(publisher));
  changed_.notify_all();
}

void FakeListener::fail(Error error) {
  const std::lock_guard lock(mutex_);
  arrived_.emplace_back(std::move(error));
  changed_.notify_all();
}

std::size_t FakeListener::accepted() const { return counts_->accepted; }
std::size_t FakeListener::rejected() const { return counts_->rejected; }

void FakeListener::await_accept() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return waiting_ > 0; });
}

}  // namespace streamkit::testing
