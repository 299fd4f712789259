#include <streamkit/core/contained.hpp>

#include <exception>
#include <new>
#include <stdexcept>
#include <string>

namespace streamkit::detail {

Result<void> contain(const std::function<void()>& function) {
#if defined(__cpp_exceptions)
  try {
    function();
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::ResourceExhausted, "out of memory"};
  } catch (const std::length_error& error) {
    return Error{ErrorCode::ResourceExhausted, std::string("out of memory: ") + error.what()};
  } catch (const std::exception& error) {
    return Error{ErrorCode::Internal, std::string("unexpected exception: ") + error.what()};
  } catch (...) {
    return Error{ErrorCode::Internal, "unexpected exception"};
  }
#else
  function();
#endif
  return {};
}

}  // namespace streamkit::detail
