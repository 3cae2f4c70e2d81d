// SPDX-License-Identifier: MIT
#include "nevus/report/audit.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>

#include "nevus/base/file.h"
#include "nevus/base/sha256.h"

namespace nevus::report {
namespace {

using Json = nlohmann::ordered_json;

std::string const kNoHash(64, '0');
constexpr std::size_t kMaxRecordBytes = 65536;

std::string hash_of(std::string const& text) {
  return sha256_hex(Bytes(reinterpret_cast<std::uint8_t const*>(text.data()), text.size()));
}

/// The log while this process has it for itself.
class LockedLog {
 public:
  explicit LockedLog(std::filesystem::path path)
      : path_(std::move(path)), file_(::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {}
  ~LockedLog() {
    if (file_ >= 0) ::close(file_);
  }
  LockedLog(LockedLog const&) = delete;
  LockedLog& operator=(LockedLog const&) = delete;

  [[nodiscard]] Result<void> lock() const {
    if (file_ < 0) return io_error();
    while (::flock(file_, LOCK_EX) != 0) {
      if (errno != EINTR) return io_error();
    }
    return {};
  }

  /// The last line without its end; empty in a new log.
  [[nodiscard]] Result<std::string> last_line() const {
    struct stat facts {};
    if (::fstat(file_, &facts) != 0) return io_error();
    auto const size = std::min<std::size_t>(static_cast<std::size_t>(facts.st_size), kMaxRecordBytes);
    std::string end(size, '\0');
    if (::pread(file_, end.data(), size, facts.st_size - static_cast<off_t>(size)) != static_cast<ssize_t>(size)) {
      return io_error();
    }
    if (end.empty()) return end;
    if (end.back() != '\n') {
      return fail(ErrorCode::kData, path_.string() + ": the audit log ends within a record; see `nevus audit verify`");
    }
    end.pop_back();
    auto const start = end.rfind('\n');
    return start == std::string::npos ? end : end.substr(start + 1);
  }

  [[nodiscard]] Result<void> append(std::string const& line) const {
    struct stat before {};
    if (::fstat(file_, &before) != 0) return io_error();
    errno = 0;
    bool const is_whole = ::write(file_, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    if (is_whole && ::fsync(file_) == 0) return {};
    auto const why = errno != 0 ? errno : ENOSPC;  // a part was written: the disk is full
    // Part of a record would refuse all later ones, and a record whose answer was never given is none.
    [[maybe_unused]] auto const taken_back = ::ftruncate(file_, before.st_size);
    errno = why;
    return io_error();
  }

 private:
  [[nodiscard]] tl::unexpected<Error> io_error() const {
    return fail(ErrorCode::kIo, path_.string() + ": " + std::generic_category().message(errno));
  }

  std::filesystem::path path_;
  int file_;
};

/// A record as a line: its own hash is that of the line without it.
std::string line_of(Json record) {
  auto const text = [&] { return record.dump(-1, ' ', false, Json::error_handler_t::replace); };
  record["hash"] = hash_of(text());
  return text() + "\n";
}

Result<void> append(std::filesystem::path const& log, Json const& content) {
  LockedLog const file(log);
  NEVUS_CHECK(file.lock());
  NEVUS_TRY(auto const last, file.last_line());
  Json record{{"record", 1}, {"previous", kNoHash}};
  if (!last.empty()) {
    auto const before = Json::parse(last, nullptr, false);
    if (!before.is_object() || !before.contains("hash") || !before.contains("record") ||
        !before["record"].is_number_unsigned()) {
      return fail(ErrorCode::kData, log.string() + ": the last line is no record of an audit log");
    }
    record = {{"record", before["record"].get<std::size_t>() + 1}, {"previous", before["hash"]}};
  }
  record.update(content);
  return file.append(line_of(std::move(record)));
}

Json occasion_tree(std::string const& request, Occasion const& occasion) {
  auto const& model = occasion.model;
  return {{"time", utc_text(occasion.time)},
          {"request", request},
          {"model", {{"id", model.id}, {"version", model.version}, {"sha256", model.sha256}}}};
}

void add(Json& tree, Assessment const& assessment) {
  tree["predicted_class"] = info(assessment.predicted).id;
  for (std::size_t i = 0; i < kLesionClassCount; ++i) {
    tree["probabilities"][std::string(kLesionClasses[i].id)] = assessment.calibrated_prob[i];
  }
  tree["urgency"] = name(assessment.urgency.urgency);
  tree["rules"] = Json::array();
  for (auto const& rule : assessment.urgency.rules) tree["rules"].push_back(rule.id);
  tree["policy_version"] = risk::policy().version;
}

/// Nothing, or what is wrong with `line` as the record behind `before`.
std::string fault(std::string const& line, AuditSummary const& before, std::string& hash) {
  auto record = Json::parse(line, nullptr, false);
  if (!record.is_object() || !record.contains("hash") || !record["hash"].is_string()) return "it is no record";
  hash = record["hash"].get<std::string>();
  if (record.value("record", Json()) != before.records + 1)
    return "it is not record " + std::to_string(before.records + 1);
  if (record.value("previous", Json()) != before.last_hash) return "it does not follow the record before it";
  record.erase("hash");
  // Compared as text too: JSON that means the same is still a change.
  if (line_of(record) != line + "\n") return "it was changed";
  return {};
}

}  // namespace

Result<void> append_to_audit_log(std::filesystem::path const& log, std::string const& request, Analysis const& analysis,
                                 Occasion const& occasion) {
  auto tree = occasion_tree(request, occasion);
  tree["input_sha256"] = analysis.photo.sha256;
  tree["status"] = name(analysis.status());
  if (analysis.assessment) {
    add(tree, *analysis.assessment);
  } else {
    tree["reason"] = why_declined(analysis);
  }
  if (auto const& sign_off = occasion.sign_off) {
    tree["sign_off"] = {{"analyst", sign_off->analyst},
                        {"verdict", name(sign_off->verdict)},
                        {"reason", sign_off->reason},
                        {"time", utc_text(sign_off->time)}};
  }
  return append(log, tree);
}

Result<void> append_to_audit_log(std::filesystem::path const& log, std::string const& request, Error const& error,
                                 Occasion const& occasion) {
  auto tree = occasion_tree(request, occasion);
  tree["status"] = "failed";
  tree["error"] = info(error.code).name;  // its message may hold the photo's name
  return append(log, tree);
}

Result<void> record_answer(std::filesystem::path const& log, std::string const& request,
                           Result<Analysis> const& outcome, Occasion const& occasion) {
  if (log.empty()) return {};
  return outcome ? append_to_audit_log(log, request, *outcome, occasion)
                 : append_to_audit_log(log, request, outcome.error(), occasion);
}

Result<AuditSummary> verify_audit_log(std::filesystem::path const& log, std::string const& known_hash) {
  NEVUS_TRY(auto const bytes, read_file(log));
  std::string const text(bytes.begin(), bytes.end());
  AuditSummary summary{.records = 0, .last_hash = kNoHash};
  bool known = known_hash.empty();
  for (std::size_t start = 0; start < text.size();) {
    auto const end = text.find('\n', start);
    auto const where = log.string() + ", line " + std::to_string(summary.records + 1) + ": ";
    if (end == std::string::npos) return fail(ErrorCode::kData, where + "the log ends within a record");
    std::string hash;
    auto const problem = fault(text.substr(start, end - start), summary, hash);
    if (!problem.empty()) return fail(ErrorCode::kData, where + problem);
    summary = {.records = summary.records + 1, .last_hash = hash};
    known = known || hash == known_hash;
    start = end + 1;
  }
  if (known) return summary;
  return fail(ErrorCode::kData, log.string() + ": no record has the hash " + known_hash +
                                    "; records are missing, or the log was written anew");
}

}  // namespace nevus::report
