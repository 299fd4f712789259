#include <streamkit/core/version.hpp>

namespace streamkit {

std::string_view version() noexcept { return STREAMKIT_VERSION; }

}  // namespace streamkit
