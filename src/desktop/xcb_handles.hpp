#pragma once

#include <xcb/xcb.h>

#include <cstdlib>
#include <memory>

// Owners of XCB's C objects. This room holds such objects in no other way.
namespace streamkit::desktop {

struct XcbDeleter {
  void operator()(xcb_connection_t* connection) const noexcept { xcb_disconnect(connection); }
  /// Replies and events are memory of the C library.
  void operator()(void* memory) const noexcept { std::free(memory); }
};

template <typename T>
using XcbPtr = std::unique_ptr<T, XcbDeleter>;
using XcbEventPtr = XcbPtr<xcb_generic_event_t>;

}  // namespace streamkit::desktop
