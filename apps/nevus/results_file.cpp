// SPDX-License-Identifier: MIT
#include "results_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <cerrno>
#include <system_error>
#include <utility>

#include "nevus/base/file.h"
#include "nevus/report/csv.h"
#include "nevus/report/read_back.h"

namespace nevus::app {

Result<ResultsFormat> results_format(std::filesystem::path const& path) {
  if (path.extension() == ".csv") return ResultsFormat::kCsv;
  if (path.extension() == ".jsonl") return ResultsFormat::kJsonLines;
  return fail(ErrorCode::kUsage, "--out " + path.string() + ": the name must end in .csv or .jsonl");
}

Result<ResultsFile> ResultsFile::open(std::filesystem::path const& path, ModelIdentity const& model) {
  NEVUS_TRY(auto const format, results_format(path));
  int const file = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) {
    return fail(ErrorCode::kIo, path.string() + ": cannot be written: " + std::generic_category().message(errno));
  }
  ResultsFile results(path, format, file);
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    return fail(ErrorCode::kIo, path.string() + ": another batch is writing it");
  }
  NEVUS_CHECK(results.take_up(model));
  return results;
}

Result<void> ResultsFile::take_up(ModelIdentity const& model) {
  NEVUS_TRY(auto const bytes, read_file(path_));
  std::string_view const text(reinterpret_cast<char const*>(bytes.data()), bytes.size());
  auto const known = format_ == ResultsFormat::kCsv ? report::read_csv_results(text) : report::read_json_lines(text);
  if (!known) return fail(known.error().code, path_.string() + ": " + known.error().message + "; choose another --out");
  for (auto const& photo : known->photos) {
    if (photo.model_sha256 != model.sha256) {
      return fail(ErrorCode::kData, path_.string() + ": holds results of another model than " + model.id + " " +
                                        model.version + "; choose another --out or that model");
    }
    done_.insert(photo.name);
    if (photo.status == "failed") ++failed_;
  }
  if (::ftruncate(file_, static_cast<off_t>(known->complete_bytes)) != 0) return io_error(errno);
  if (format_ == ResultsFormat::kCsv && known->complete_bytes == 0) return append(report::csv_header());
  return {};
}

ResultsFile::ResultsFile(ResultsFile&& other) noexcept
    : path_(std::move(other.path_)),
      format_(other.format_),
      file_(std::exchange(other.file_, -1)),
      done_(std::move(other.done_)),
      failed_(other.failed_) {}

ResultsFile::~ResultsFile() {
  if (file_ >= 0) ::close(file_);
}

Result<void> ResultsFile::append(std::string_view record) {
  while (!record.empty()) {
    auto const written = ::write(file_, record.data(), record.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return io_error(errno);
    record.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> ResultsFile::sync() {
  // A pipe or a device has nothing to sync.
  if (::fsync(file_) != 0 && errno != EINVAL) return io_error(errno);
  return {};
}

tl::unexpected<Error> ResultsFile::io_error(int error) const {
  return fail(ErrorCode::kIo, path_.string() + ": cannot be written: " + std::generic_category().message(error));
}

}  // namespace nevus::app
