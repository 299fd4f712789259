// What an application's first lines may look like; built against an installed kit only.
#include <iostream>
#include <streamkit/core/segment_name.hpp>
#include <streamkit/core/version.hpp>

int main() {
  const std::string name = streamkit::segment_file_name(7);
  std::cout << name << "\nstreamkit " << streamkit::version() << "\n";
  if (streamkit::version() != STREAMKIT_VERSION) return 1;
  return streamkit::parse_segment_file_name(name) == 7 ? 0 : 1;
}
