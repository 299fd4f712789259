#pragma once

#include <cstddef>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::worker_tool {

/// The largest number of rows in a contact sheet.
inline constexpr std::size_t kMaxSheetRows = 24;

/// "0.5,3,12": seconds from the first frame on. Sorted; without doubles.
/// Errors: InvalidArgument (no numbers, negative ones, more than kMaxSheetRows).
Result<std::vector<MediaTime>> parse_sheet_times(std::string_view text);

/// Reads seconds ("12.5"), MM:SS or HH:MM:SS, with a fraction of a second if wanted.
/// Errors: InvalidArgument.
Result<MediaTime> parse_time(std::string_view text);

/// `streamkit-worker convert INPUT OUTPUT`: a whole file to 3D. Returns the exit code.
int run_convert(const std::vector<std::string>& words);

}  // namespace streamkit::worker_tool
