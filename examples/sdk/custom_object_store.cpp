// The uploader on a store of your own: here one that prints what it is given and fails now and
// then, as networks do. Order and retries are the uploader's.
#include <iostream>
#include <streamkit/store/uploader.hpp>

using namespace streamkit;

namespace {

class PrintingStore final : public ObjectWriter {
 public:
  Result<void> put(std::string_view key, std::span<const std::uint8_t> body, const PutOptions&,
                   std::stop_token) override {
    if (++calls_ % 3 == 0) {
      std::cout << key << ": no answer\n";
      return Error{ErrorCode::Timeout, "no answer"};
    }
    std::cout << key << ": " << body.size() << " bytes stored\n";
    return {};
  }

 private:
  int calls_ = 0;  // put() comes from the uploader's one thread
};

}  // namespace

int main() try {
  PrintingStore store;
  UploaderOptions options;
  options.retry.initial_delay = std::chrono::milliseconds(10);
  const auto uploader = Uploader::create(store, "my-session", options).value();
  for (std::uint64_t index = 0; index < 5; ++index) {
    Chunk chunk;
    chunk.index = index;
    chunk.data.assign(1000 * (index + 1), 0);
    uploader->submit(std::move(chunk), {}).value();
  }
  uploader->finish({}).value();
  const UploaderStats stats = uploader->stats();
  std::cout << stats.stored_chunks << " chunks stored, " << stats.retries << " retries\n";
  return 0;
} catch (const std::exception& failure) {
  std::cerr << "custom_object_store: " << failure.what() << '\n';
  return 1;
}
