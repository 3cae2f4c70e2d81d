// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include "nevus/report/facts.h"

namespace nevus::app {

enum class ResultsFormat { kCsv, kJsonLines };

/// A batch's output: a file that grows by one record a photo, so that a batch that was killed goes on where it was. The
/// torn last record of a killed writer is dropped when the file is opened.
class ResultsFile {
 public:
  /// Opens or makes `path`, which ends in .csv or .jsonl, and locks it against other batches. kUsage for another
  /// ending, kIo where it cannot be written or another batch has it, kData where it holds anything but results of
  /// `model`.
  [[nodiscard]] static Result<ResultsFile> open(std::filesystem::path const& path, ModelIdentity const& model);

  ResultsFile(ResultsFile&& other) noexcept;
  ResultsFile& operator=(ResultsFile&&) = delete;
  ~ResultsFile();

  [[nodiscard]] ResultsFormat format() const { return format_; }
  [[nodiscard]] std::set<std::string> const& done() const { return done_; }  ///< names of photos it has rows for
  [[nodiscard]] std::size_t failed() const { return failed_; }               ///< rows of them with status "failed"

  /// Adds a complete record, line end included, in one write.
  [[nodiscard]] Result<void> append(std::string_view record);
  /// Makes sure that all of it is on the disk.
  [[nodiscard]] Result<void> sync();

 private:
  ResultsFile(std::filesystem::path path, ResultsFormat format, int file)
      : path_(std::move(path)), format_(format), file_(file) {}
  Result<void> take_up(ModelIdentity const& model);
  [[nodiscard]] tl::unexpected<Error> io_error(int error) const;

  std::filesystem::path path_;
  ResultsFormat format_;
  int file_;
  std::set<std::string> done_;
  std::size_t failed_ = 0;
};

/// The format that `path`'s ending asks for; kUsage for another.
[[nodiscard]] Result<ResultsFormat> results_format(std::filesystem::path const& path);

}  // namespace nevus::app
