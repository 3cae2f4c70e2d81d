// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "nevus/base/result.h"

namespace nevus {

/// A photo that a results file already has an answer for.
struct FinishedPhoto {
  std::string name;
  std::string status;  ///< "assessed", "retake_advised", "failed"
  std::string model_sha256;
};

/// The complete records of a results file. What stands after `complete_bytes` is the torn record of a writer that was
/// killed.
struct FinishedPhotos {
  std::vector<FinishedPhoto> photos;
  std::size_t complete_bytes = 0;
};

namespace report {

/// Reads back what to_csv_row wrote. kData where the text is something else, so that nobody's file is taken for ours.
[[nodiscard]] Result<FinishedPhotos> read_csv_results(std::string_view text);

/// Reads back JSON Lines of to_json.
[[nodiscard]] Result<FinishedPhotos> read_json_lines(std::string_view text);

}  // namespace report
}  // namespace nevus
