#pragma once

namespace streamkit::capture {

/// How fast a source that could give everything at once gives it.
enum class Pacing {
  AsFastAsPossible,  ///< As fast as it is read.
  Realtime           ///< Each item when its timestamp has come, counted from the first read.
};

}  // namespace streamkit::capture
