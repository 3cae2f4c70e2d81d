// SPDX-License-Identifier: MIT
#include "nevus/report/csv.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "nevus/report/read_back.h"
#include "report/example_analysis.h"

namespace nevus {
namespace {

std::vector<std::string> cells(std::string const& row) {
  std::string_view text = row;
  auto const record = report::take_csv_record(text);
  EXPECT_TRUE(record.has_value()) << row;
  EXPECT_TRUE(text.empty());
  return record.value_or(std::vector<std::string>{});
}

TEST(Csv, BeginsWithTheColumnsThatScorersRead) {
  EXPECT_TRUE(report::csv_header().starts_with("image,akiec,bcc,bkl,df,mel,nv,vasc,status,"));
  EXPECT_TRUE(report::to_csv_row(test::melanoma(), "a.jpg", test::kModel)
                  .starts_with("a.jpg,0.01,0.02,0.05,0,0.62,0.295,0.005,assessed,mel,0.62,medium,"));
}

TEST(Csv, EveryRowHasAsManyCellsAsTheHeader) {
  auto const header = cells(report::csv_header());
  for (auto const& row : {report::to_csv_row(test::melanoma(), "a.jpg", test::kModel),
                          report::to_csv_row(test::blurred(), "a.jpg", test::kModel),
                          report::to_csv_row(Error{ErrorCode::kIo, "a, b"}, "a.jpg", test::kModel)}) {
    EXPECT_EQ(cells(row).size(), header.size()) << row;
    EXPECT_EQ(cells(row).back(), kDisclaimer);
  }
}

TEST(Csv, AwkwardNamesComeBackAsTheyWere) {
  for (std::string const name :
       {"plain.jpg", "with,comma.jpg", "with \"quotes\".jpg", "with\nline end.jpg", "\"", "mit Ümlaut.jpg", ""}) {
    EXPECT_EQ(cells(report::to_csv_row(test::nevus(), name, test::kModel)).front(), name);
  }
}

TEST(Csv, APhotoToRetakeHasReasonsAndNoProbabilities) {
  auto const row = report::to_csv_row(test::blurred(), "a.jpg", test::kModel);
  EXPECT_TRUE(row.starts_with("a.jpg,,,,,,,,retake_advised,,,,,,,,,focus,,,"));
}

TEST(Csv, SaysWhatIsNotExcludedAndHowLikeThePhotoIs) {
  auto const row = report::to_csv_row(test::doubtful_nevus(), "a.jpg", test::kModel);
  EXPECT_NE(row.find(",nv;mel,,,doubtful,1.5,"), std::string::npos) << row;
}

TEST(Csv, AWarningIsNoReasonToRetake) {
  auto const header = cells(report::csv_header());
  auto const row = cells(report::to_csv_row(test::hairy_nevus(), "a.jpg", test::kModel));
  auto const cell = [&](char const* name) {
    return row[std::size_t(std::ranges::find(header, name) - header.begin())];
  };
  EXPECT_EQ(cell("status"), "assessed");
  EXPECT_EQ(cell("retake_reasons"), "");
  EXPECT_EQ(cell("quality_warnings"), "hair");
}

TEST(Csv, AFailureNamesItsErrorAndSaysWhy) {
  auto const row =
      cells(report::to_csv_row(Error{ErrorCode::kDamagedPhoto, "a.jpg: ends, alas, early"}, "a.jpg", test::kModel));
  EXPECT_EQ(row[8], "failed");
  EXPECT_EQ(row[row.size() - 3], "damaged_photo");
  EXPECT_EQ(row[row.size() - 2], "a.jpg: ends, alas, early");
}

TEST(Csv, ARecordThatIsCutAnywhereIsNoRecord) {
  auto const row = report::to_csv_row(test::melanoma(), "odd\n\"name\".jpg", test::kModel);
  for (std::size_t length = 0; length < row.size(); ++length) {
    std::string_view text = std::string_view(row).substr(0, length);
    EXPECT_FALSE(report::take_csv_record(text).has_value()) << length;
    EXPECT_EQ(text.size(), length);
  }
}

TEST(Csv, ReadsWhatSpreadsheetsWrite) {
  std::string_view text = "a,\"b\"\"c\",\r\nnext";
  EXPECT_EQ(report::take_csv_record(text), (std::vector<std::string>{"a", "b\"c", ""}));
  EXPECT_EQ(text, "next");
}

}  // namespace
}  // namespace nevus
