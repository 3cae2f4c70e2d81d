// SPDX-License-Identifier: MIT
#include "nevus/report/audit.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>
#include <vector>

#include "nevus/base/file.h"
#include "report/example_analysis.h"

namespace nevus::test {
namespace {

class AuditLog : public ::testing::Test {
 protected:
  void SetUp() override {
    log_ = std::filesystem::path(::testing::TempDir()) / ("nevus-audit-" + std::to_string(::getpid()) + ".jsonl");
    std::filesystem::remove(log_);
  }
  void TearDown() override { std::filesystem::remove(log_); }

  void add(Analysis const& analysis) const {
    auto const added = report::append_to_audit_log(log_, "analyze", analysis, occasion_);
    ASSERT_TRUE(added.has_value()) << added.error().message;
  }
  void add_three() const {
    add(melanoma());
    add(blurred());
    add(test::nevus());
  }
  [[nodiscard]] std::string text() const {
    auto const bytes = read_file(log_).value();
    return {bytes.begin(), bytes.end()};
  }
  void write(std::string const& text) const { std::ofstream(log_, std::ios::binary | std::ios::trunc) << text; }
  [[nodiscard]] std::string verdict(std::string const& known_hash = {}) const {
    auto const summary = report::verify_audit_log(log_, known_hash);
    return summary ? "" : summary.error().message;
  }

  std::filesystem::path log_;
  Occasion occasion_{.model = kModel, .time = Timestamp(std::chrono::seconds(1'795'515'120))};
};

TEST_F(AuditLog, HoldsWhatWasAskedAndAnsweredAndWhoSigned) {
  occasion_.sign_off = SignOff{"Anna Roth", Verdict::kOverride, "Clinically a blue nevus", occasion_.time};
  add(melanoma());
  auto const line = text();
  for (auto const& part : {std::string("\"request\":\"analyze\""), kPhoto.sha256, kModel.sha256,
                           std::string("\"predicted_class\":\"mel\""), std::string("\"rules\":[\""),
                           std::string("\"analyst\":\"Anna Roth\",\"verdict\":\"override\"")}) {
    EXPECT_NE(line.find(part), std::string::npos) << part << " is not in " << line;
  }
}

TEST_F(AuditLog, AChangeOfAnyByteIsFound) {
  add_three();
  auto const whole = text();
  ASSERT_EQ(verdict(), "");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    auto changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    write(changed);
    EXPECT_NE(verdict(), "") << "byte " << i;
  }
}

TEST_F(AuditLog, ARecordThatIsTakenOutMovedOrDoubledIsFound) {
  add_three();
  auto const whole = text();
  auto const first = whole.substr(0, whole.find('\n') + 1);
  auto const second = whole.substr(first.size(), whole.find('\n', first.size()) + 1 - first.size());
  auto const third = whole.substr(first.size() + second.size());
  for (auto const& forged : {second + third, first + third, second + first + third, first + first + second + third,
                             first + second + third + third, first + second + third.substr(0, third.size() - 1)}) {
    write(forged);
    EXPECT_NE(verdict(), "");
  }
}

TEST_F(AuditLog, AMissingEndIsFoundByAHashThatWasKept) {
  add_three();
  auto const kept = report::verify_audit_log(log_).value().last_hash;
  add(melanoma());
  EXPECT_EQ(verdict(kept), "") << "the log may have grown since";
  auto const whole = text();
  write(whole.substr(0, whole.find('\n') + 1));
  EXPECT_EQ(verdict(), "");
  EXPECT_NE(verdict(kept).find("no record has the hash " + kept), std::string::npos);
}

TEST_F(AuditLog, ATornRecordIsNotWrittenOn) {
  add_three();
  auto const whole = text();
  write(whole.substr(0, whole.size() - 10));
  auto const refused = report::append_to_audit_log(log_, "analyze", melanoma(), occasion_);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kData);
}

TEST_F(AuditLog, ARecordThatDoesNotFitLeavesNothingAndTheNextOneFollows) {
  add_three();
  auto const whole = text();
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto const handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit const full{whole.size() + 20, before.rlim_max};  // as a disk that fills up within the record
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  auto const refused = report::append_to_audit_log(log_, "analyze", melanoma(), occasion_);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kIo);
  EXPECT_NE(refused.error().message.find("No space left"), std::string::npos) << refused.error().message;
  EXPECT_EQ(text(), whole);
  add(melanoma());
  EXPECT_EQ(verdict(), "");
}

TEST_F(AuditLog, WritersAtTheSameTimeMakeOneChain) {
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([this] {
      for (int n = 0; n < 10; ++n) add(melanoma());
    });
  }
  for (auto& writer : writers) writer.join();
  auto const summary = report::verify_audit_log(log_);
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  EXPECT_EQ(summary->records, 40U);
}

TEST_F(AuditLog, APhotosNameIsNotInIt) {
  ASSERT_TRUE(
      report::append_to_audit_log(log_, "analyze", Error{ErrorCode::kDamagedPhoto, "Jane-Doe.jpg: damaged"}, occasion_)
          .has_value());
  EXPECT_EQ(text().find("Jane"), std::string::npos);
  EXPECT_NE(text().find("damaged_photo"), std::string::npos);
}

TEST(SignOff, AnOverrideNeedsAReasonAndEverySignOffAName) {
  EXPECT_TRUE(report::checked({"Anna Roth", Verdict::kAgree, "", {}}).has_value());
  EXPECT_TRUE(report::checked({"Anna Roth", Verdict::kOverride, "a blue nevus", {}}).has_value());
  for (auto const& bad : {SignOff{"Anna Roth", Verdict::kOverride, " ", {}}, SignOff{"", Verdict::kAgree, "", {}},
                          SignOff{"Anna\nRoth", Verdict::kAgree, "", {}}, SignOff{"Anna\xFF", Verdict::kAgree, "", {}},
                          SignOff{std::string(65, 'A'), Verdict::kAgree, "", {}},
                          SignOff{"Anna Roth", Verdict::kAgree, std::string(1001, 'x'), {}}}) {
    auto const refused = report::checked(bad);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::kUsage);
  }
}

}  // namespace
}  // namespace nevus::test
