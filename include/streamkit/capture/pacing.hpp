#pragma once

namespace streamkit::capture {

/// Speed of a source that could provide everything immediately.
enum class Pacing {
  AsFastAsPossible,  ///< As fast as it is read.
  Realtime           ///< Each item at its timestamp, counted from the first read.
};

}  // namespace streamkit::capture
