// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/workplace.h"
#include "nevus/report/csv.h"

namespace nevus::test {
namespace {

namespace fs = std::filesystem;

bool holds(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

std::vector<std::vector<std::string>> records_of(fs::path const& csv) {
  auto const text = read_text(csv);
  std::vector<std::vector<std::string>> records;
  for (std::string_view rest = text; auto record = report::take_csv_record(rest);) records.push_back(*record);
  return records;
}

std::vector<std::string> names_in(fs::path const& csv) {
  std::vector<std::string> names;
  for (auto const& record : records_of(csv)) names.push_back(record.front());
  if (!names.empty()) names.erase(names.begin());
  return names;
}

class Batch : public Workplace {
 protected:
  /// A folder of photos: good ones, a damaged one, one in a folder below, and files that are no photos.
  void SetUp() override {
    Workplace::SetUp();
    fs::create_directories(path("photos/below"));
    fs::copy_file(photo(), path("photos/b.jpg"));
    fs::copy_file(examples().back(), path("photos/a, \"one\".jpg"));
    fs::copy_file(photo(), path("photos/below/no-ending"));
    fs::copy_file(photo(), path("photos/.hidden.jpg"));
    write_truncated_photo("photos/c-damaged.jpg");
    write_text(path("photos/README.txt"), "no photo\n");
    write_text(path("photos/d-text.jpg"), "no photo\n");
  }

  [[nodiscard]] Finished batch(std::string const& source, std::string const& out) const {
    return nevus({"batch", source, "--out", out});
  }

  /// `count` photos under names of their own.
  void make_many(std::string const& folder, int count) const {
    fs::create_directory(path(folder));
    for (int i = 0; i < count; ++i) {
      auto const name = folder + "/photo-" + std::to_string(10000 + i) + ".jpg";
      fs::create_hard_link(photo(), path(name));
    }
  }
};

TEST_F(Batch, GivesOneRowAPhotoEvenForThoseThatFail) {
  auto const finished = batch("photos", "results.csv");
  EXPECT_EQ(finished.exit_code, info(ErrorCode::kPartialFailure).exit_code);
  EXPECT_EQ(finished.out, "");
  EXPECT_TRUE(holds(finished.err, "5 photos")) << finished.err;
  EXPECT_TRUE(holds(finished.err, "2 failed")) << finished.err;
  EXPECT_EQ(names_in(path("results.csv")),
            (std::vector<std::string>{"a, \"one\".jpg", "b.jpg", "below/no-ending", "c-damaged.jpg", "d-text.jpg"}));
  auto const records = records_of(path("results.csv"));
  auto const& failed = records[4];
  EXPECT_EQ(failed[8], "failed");
  EXPECT_EQ(failed[1], "");
  EXPECT_TRUE(holds(failed[failed.size() - 2], "c-damaged.jpg")) << failed[failed.size() - 2];
}

TEST_F(Batch, SaysTheSameAsAnalyze) {
  ASSERT_EQ(batch("photos", "results.csv").exit_code, info(ErrorCode::kPartialFailure).exit_code);
  auto const rows = lines_of(read_text(path("results.csv")));
  auto const single = lines_of(nevus({"analyze", "photos/b.jpg", "-f", "csv"}).out);
  EXPECT_EQ(rows[0], single[0]);
  EXPECT_EQ("photos/" + rows[2], single[1]);
}

TEST_F(Batch, AListIsTakenInItsOrderAndARepeatedPathOnce) {
  write_text(path("list.txt"), "photos/b.jpg\nphotos/below/no-ending\r\n\nphotos/b.jpg\nnowhere.jpg\n");
  auto const finished = batch("list.txt", "results.csv");
  EXPECT_EQ(finished.exit_code, info(ErrorCode::kPartialFailure).exit_code);
  EXPECT_EQ(names_in(path("results.csv")),
            (std::vector<std::string>{"photos/b.jpg", "photos/below/no-ending", "nowhere.jpg"}));

  auto how = start();
  how.standard_input = path("list.txt");
  EXPECT_EQ(nevus({"batch", "-", "--out", "same.csv"}, how).exit_code, finished.exit_code);
  EXPECT_EQ(read_text(path("same.csv")), read_text(path("results.csv")));
}

TEST_F(Batch, AFinishedBatchHasNothingLeftToDo) {
  (void)batch("photos", "results.csv");
  auto const before = read_text(path("results.csv"));
  auto const again = batch("photos", "results.csv");
  EXPECT_EQ(read_text(path("results.csv")), before);
  EXPECT_TRUE(holds(again.err, "0 photos")) << again.err;
  EXPECT_TRUE(holds(again.err, "5 were there already")) << again.err;
  EXPECT_EQ(again.exit_code, info(ErrorCode::kPartialFailure).exit_code) << "two rows still say failed";
}

TEST_F(Batch, NewPhotosAreAdded) {
  (void)batch("photos", "results.csv");
  fs::copy_file(photo(), path("photos/new.jpg"));
  (void)batch("photos", "results.csv");
  EXPECT_EQ(names_in(path("results.csv")).back(), "new.jpg");
  EXPECT_EQ(names_in(path("results.csv")).size(), 6U);
}

TEST_F(Batch, WhereverTheFileWasTornTheResultIsTheSame) {
  for (std::string const out : {"results.csv", "results.jsonl"}) {
    (void)batch("photos", out);
    auto const whole = read_text(path(out));
    auto const whole_lines = lines_of(whole).size();
    for (double const part : {0.01, 0.2, 0.5, 0.77, 0.999}) {
      write_text(path(out), whole.substr(0, static_cast<std::size_t>(static_cast<double>(whole.size()) * part)));
      (void)batch("photos", out);
      auto const mended = read_text(path(out));
      EXPECT_EQ(lines_of(mended).size(), whole_lines) << part;
      if (out.ends_with("jsonl")) continue;  // its lines hold times, which differ
      EXPECT_EQ(mended, whole) << part;
    }
  }
}

TEST_F(Batch, KilledInTheMiddleItGoesOnWithTheSameRows) {
  constexpr int kPhotos = 600;
  make_many("many", kPhotos);
  {
    Running killed(command({"batch", "many", "--out", "killed.csv"}), start());
    while (!killed.ended() && lines_of(read_text(path("killed.csv"))).size() < 20) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    killed.kill();
    ASSERT_EQ(killed.wait().exit_code, 128 + SIGKILL) << "it had ended before it could be killed";
  }
  auto const rows_before = names_in(path("killed.csv")).size();
  ASSERT_LT(rows_before, static_cast<std::size_t>(kPhotos));
  auto const resumed = batch("many", "killed.csv");
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_TRUE(holds(resumed.err, std::to_string(rows_before) + " were there already")) << resumed.err;

  EXPECT_EQ(batch("many", "whole.csv").exit_code, 0);
  EXPECT_EQ(read_text(path("killed.csv")), read_text(path("whole.csv")));
  EXPECT_EQ(names_in(path("whole.csv")).size(), static_cast<std::size_t>(kPhotos));
}

TEST_F(Batch, JsonLinesHoldOneResultALine) {
  (void)batch("photos", "results.jsonl");
  std::vector<std::string> statuses;
  for (auto const& line : lines_of(read_text(path("results.jsonl")))) {
    statuses.push_back(nlohmann::json::parse(line)["status"]);
  }
  ASSERT_EQ(statuses.size(), 5U);
  EXPECT_EQ(std::ranges::count(statuses, "failed"), 2);
}

TEST_F(Batch, EveryPhotoIsInTheAuditLogOnceWithoutItsName) {
  ASSERT_EQ(nevus({"batch", "photos", "--out", "r.csv", "--audit-log", "audit.jsonl"}).exit_code,
            info(ErrorCode::kPartialFailure).exit_code);
  auto const log = read_text(path("audit.jsonl"));
  EXPECT_EQ(std::ranges::count(log, '\n'), static_cast<std::ptrdiff_t>(records_of(path("r.csv")).size() - 1));
  EXPECT_TRUE(holds(log, R"("request":"batch")"));
  EXPECT_FALSE(holds(log, "damaged.jpg"));
  EXPECT_EQ(nevus({"audit", "verify", "audit.jsonl"}).exit_code, 0);
}

TEST_F(Batch, ResultsOfAnotherModelAreLeftAlone) {
  (void)batch("photos", "results.csv");
  auto const before = read_text(path("results.csv"));
  write_bundle(models(), testing::TinyNetwork{.width_px = 32, .height_px = 32}.bundle("other"));
  expect_refusal(nevus({"batch", "photos", "--out", "results.csv", "--model", "other"}), ErrorCode::kData,
                 "another model");
  EXPECT_EQ(read_text(path("results.csv")), before);
}

TEST_F(Batch, SomebodyElsesFileIsLeftAlone) {
  for (std::string const text : {"my notes", "image,label\na.jpg,mel\n"}) {
    for (std::string const name : {"mine.csv", "mine.jsonl"}) {
      write_text(path(name), text);
      expect_refusal(batch("photos", name), ErrorCode::kData, name);
      EXPECT_EQ(read_text(path(name)), text);
    }
  }
}

TEST_F(Batch, TwoBatchesDoNotWriteOneFile) {
  (void)batch("photos", "results.csv");
  int const file = ::open(path("results.csv").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(file, LOCK_EX), 0);
  expect_refusal(batch("photos", "results.csv"), ErrorCode::kIo, "another batch");
  ::close(file);
}

TEST_F(Batch, MistakesGetOneSentenceAndLeaveNothingBehind) {
  fs::create_directory(path("empty"));
  write_text(path("blank.txt"), "\n\n");
  expect_refusal(batch("photos", "missing/results.csv"), ErrorCode::kIo, "missing/results.csv");
  expect_refusal(batch("photos", "results.txt"), ErrorCode::kUsage, ".csv or .jsonl");
  expect_refusal(batch("nowhere", "results.csv"), ErrorCode::kNotFound, "nowhere");
  expect_refusal(batch("empty", "results.csv"), ErrorCode::kData, "empty");
  expect_refusal(batch("blank.txt", "results.csv"), ErrorCode::kData, "blank.txt");
  expect_refusal(batch("photo.jpg", "results.csv"), ErrorCode::kUsage, "`nevus analyze`");
  expect_refusal(nevus({"batch", "photos"}), ErrorCode::kUsage, "--out");
  expect_refusal(nevus({"batch", "photos", "--out", "results.csv", "--model", "none"}), ErrorCode::kModelNotFound,
                 "none");
  EXPECT_FALSE(fs::exists(path("results.csv")));
  EXPECT_FALSE(fs::exists(path("missing")));
}

}  // namespace
}  // namespace nevus::test
