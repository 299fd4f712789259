#include "stereo/row_pool.hpp"

#include <utility>

namespace streamkit::stereo {

RowPool::RowPool(int threads) {
  for (int band = 1; band < threads; ++band) {
    helpers_.emplace_back([this, band](const std::stop_token& stop) { help(stop, band); });
  }
}

RowPool::~RowPool() = default;

void RowPool::run(const std::function<void(int band)>& work) {
  if (!helpers_.empty()) {
    const std::lock_guard lock(mutex_);
    work_ = &work;
    busy_ = static_cast<int>(helpers_.size());
    ++round_;
    changed_.notify_all();
  }
  work_on(work, 0);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return busy_ == 0; });
  if (const std::exception_ptr thrown = std::exchange(thrown_, nullptr)) {
    std::rethrow_exception(thrown);
  }
}

// The other bands still use what the caller has, so an exception waits for them.
void RowPool::work_on(const std::function<void(int)>& work, int band) noexcept {
  try {
    work(band);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    thrown_ = std::current_exception();
  }
}

void RowPool::help(const std::stop_token& stop, int band) {
  unsigned seen = 0;
  for (;;) {
    const std::function<void(int)>* work = nullptr;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [&] { return round_ != seen; })) return;
      seen = round_;
      work = work_;
    }
    work_on(*work, band);
    const std::lock_guard lock(mutex_);
    --busy_;
    changed_.notify_all();
  }
}

}  // namespace streamkit::stereo
