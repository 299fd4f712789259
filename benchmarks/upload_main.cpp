// Publishes chunks of random bytes as fast as they are taken, and prints how fast that was.

#include <cstdlib>
#include <iostream>
#include <random>
#include <streamkit/client/publisher.hpp>
#include <string>
#include <vector>

namespace {

using namespace streamkit;

Bytes random_bytes(std::size_t count) {
  std::minstd_rand random(1);
  Bytes bytes(count);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

Result<void> publish(const std::string& server, const std::string& folder, std::uint64_t chunks,
                     std::size_t bytes, MediaTime duration) {
  client::HttpClient http;
  client::PublisherOptions options{.server = server, .chunk_duration = duration};
  options.spool.folder = folder;
  options.spool.when_full = client::WhenSpoolFull::Wait;
  const auto publisher = client::Publisher::create(options, http);
  if (!publisher) return publisher.error();
  const Bytes data = random_bytes(bytes);
  Clock& clock = system_clock();
  const auto begin = clock.steady_now();
  for (std::uint64_t i = 0; i < chunks; ++i) {
    const MediaTime start = duration * static_cast<std::int64_t>(i);
    auto submitted =
        (*publisher)->submit({.index = i, .start = start, .duration = duration, .data = data}, {});
    if (!submitted) return submitted;
  }
  if (auto finished = (*publisher)->finish({}); !finished) return finished;
  const double seconds = std::chrono::duration<double>(clock.steady_now() - begin).count();
  const client::PublisherStatus status = (*publisher)->status();
  std::cout << "uploaded " << chunks << " chunks of " << bytes << " bytes in " << seconds
            << " s: " << static_cast<double>(chunks * bytes) * 8 / seconds / 1e6
            << " Mbit/s, estimate " << status.link.bits_per_second / 1e6 << " Mbit/s, retries "
            << status.uploads.retries << std::endl;
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() != 5) {
    std::cerr << "usage: streamkit-upload-load SERVER SPOOL CHUNKS BYTES SECONDS\n";
    return 2;
  }
  const auto published = publish(words[0], words[1], std::stoull(words[2]), std::stoull(words[3]),
                                 from_seconds(std::stod(words[4])));
  if (!published) std::cerr << to_string(published.error()) << '\n';
  return published ? 0 : 1;
}
