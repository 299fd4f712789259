#pragma once

#include <memory>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/http/stream_listener.hpp>
#include <streamkit/live/live_streams.hpp>
#include <streamkit/live/publish_authorizer.hpp>

#include "server/live_ingest.hpp"

namespace streamkit::server {

/// Listens for RTMP publishers: asks whether they may send, and feeds what they send to the stream.
/// The arguments passed by reference and the targets of `context` must outlive the listener.
/// Errors: those of http::StreamListener::start().
[[nodiscard]] Result<std::unique_ptr<http::StreamListener>> start_rtmp_ingest(
    http::StreamListenerOptions options, live::PublishAuthorizer& authorizer,
    live::LiveStreams& streams, LiveIngest& ingest, Context context);

}  // namespace streamkit::server
