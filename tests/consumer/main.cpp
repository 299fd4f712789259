// What an application's first lines may look like; built against an installed kit only.
#include <iostream>
#include <streamkit/core/chunk_key.hpp>
#include <streamkit/core/version.hpp>

int main() {
  const std::string text = streamkit::to_string(streamkit::StreamInputKey{"demo", 7});
  const auto key = streamkit::parse_chunk_key(text);
  if (!key) {
    std::cerr << to_string(key.error()) << "\n";
    return 1;
  }
  std::cout << text << "\nstreamkit " << streamkit::version() << "\n";
  if (streamkit::version() != STREAMKIT_VERSION) return 1;
  return std::get<streamkit::StreamInputKey>(*key).index == 7 ? 0 : 1;
}
