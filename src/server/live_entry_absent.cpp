// For builds without the rooms media and rtmp.
#include "server/live_entry.hpp"

namespace streamkit::server {

Result<std::unique_ptr<LiveEntry>> open_live_entry(const ServerOptions&, LiveEntryParts, Context) {
  return Error{ErrorCode::Unsupported,
               "this build takes no live streams: build the rooms media and rtmp"};
}

}  // namespace streamkit::server
