// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "nevus/model/bundle.h"

namespace nevus::bench {

/// Photos per second of OpenVINO alone, as its own benchmark_app drives it: throughput hint, one stream per thread, as
/// many infer requests in flight as OpenVINO asks for, each over the same `input`; nothing is decoded and no output is
/// read. Throws what OpenVINO throws.
[[nodiscard]] double bare_photos_per_s(ModelBundle const& bundle, Tensor const& input, int threads, std::size_t count);

/// The same with what a batch cannot do without: files are read, decoded and prepared by Nevus's own functions on as
/// many threads as `nevus batch` has. No quality, no calibration, no row.
[[nodiscard]] double decoding_photos_per_s(ModelBundle const& bundle, std::vector<std::filesystem::path> const& photos,
                                           int threads, std::size_t count);

}  // namespace nevus::bench
