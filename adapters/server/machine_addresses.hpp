#pragma once

#include <string>
#include <vector>

namespace streamkit::server_tool {

/// Returns the addresses of this machine's interfaces that are up, loopback first: IPv4 ones, and
/// IPv6 ones (in brackets) when `with_v6`. Link-local addresses are left out, because they need a
/// zone, which browsers do not accept. Empty when the system does not report addresses.
[[nodiscard]] std::vector<std::string> machine_addresses(bool with_v6);

/// Returns the lines that show where a server listens: one line for a single address; for 0.0.0.0
/// or [::] also the addresses of `machine`. `listen` is "host:port" as configured, `local_url` the
/// URL with the port in use.
[[nodiscard]] std::string listening_text(const std::string& listen, const std::string& local_url,
                                         const std::vector<std::string>& machine);

}  // namespace streamkit::server_tool
