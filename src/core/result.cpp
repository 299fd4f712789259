#include <cstdio>
#include <cstdlib>
#include <streamkit/core/result.hpp>

namespace streamkit::detail {

void bad_result_access(const Error& error) {
#if defined(__cpp_exceptions)
  throw BadResultAccess(error);
#else
  std::fprintf(stderr, "Result has no value: %s\n", to_string(error).c_str());
  std::abort();
#endif
}

}  // namespace streamkit::detail
