#include "stereo/row_pool.hpp"

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
  work(0);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return busy_ == 0; });
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
    (*work)(band);
    const std::lock_guard lock(mutex_);
    --busy_;
    changed_.notify_all();
  }
}

}  // namespace streamkit::stereo
