// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "nevus/base/result.h"

namespace nevus::server {

/// Writes a ZIP from front to back, one whole file at a time, so that it can be sent while it is made: libzip needs to
/// go back in what it wrote. Files are stored as they are (PKWARE APPNOTE 6.3.10; no ZIP64, so 65,535 files and 4 GB).
class ZipStream {
 public:
  explicit ZipStream(std::chrono::sys_seconds time);

  /// The bytes of the next file. `name` is UTF-8 and not there yet. Nothing where it does not fit any more.
  [[nodiscard]] std::string file(std::string const& name, Bytes content);
  /// The directory, with which the ZIP ends.
  [[nodiscard]] std::string end();

 private:
  std::uint16_t dos_time_ = 0;
  std::uint16_t dos_date_ = 0;
  std::string directory_;
  std::uint64_t size_bytes_ = 0;
  std::uint16_t files_ = 0;
};

/// `name` as the name of a file in a ZIP: without folders, control characters and what is no UTF-8; at most 120 bytes.
[[nodiscard]] std::string plain_file_name(std::string const& name);

}  // namespace nevus::server
