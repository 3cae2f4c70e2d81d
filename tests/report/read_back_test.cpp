// SPDX-License-Identifier: MIT
#include "nevus/report/read_back.h"

#include <gtest/gtest.h>

#include "nevus/report/csv.h"
#include "nevus/report/json.h"
#include "report/example_analysis.h"

namespace nevus {
namespace {

struct Form {
  char const* name;
  std::string header;
  std::string (*answer)(Analysis const&, std::string const&);
  std::string (*failure)(std::string const&);
  Result<FinishedPhotos> (*read)(std::string_view);
};

Form const kCsv{
    "csv", report::csv_header(),
    [](Analysis const& analysis, std::string const& name) { return report::to_csv_row(analysis, name, test::kModel); },
    [](std::string const& name) {
      return report::to_csv_row(Error{ErrorCode::kIo, "no"}, name, test::kModel);
    },
    report::read_csv_results};
Form const kJsonLines{"jsonl", "",
                      [](Analysis const& analysis, std::string const& name) {
                        return report::to_json(analysis, name, test::kModel) + "\n";
                      },
                      [](std::string const& name) {
                        return report::to_json(Error{ErrorCode::kIo, "no"}, name, test::kModel) + "\n";
                      },
                      report::read_json_lines};

void PrintTo(Form const& form, std::ostream* stream) { *stream << form.name; }

class ReadBack : public testing::TestWithParam<Form> {};
INSTANTIATE_TEST_SUITE_P(Forms, ReadBack, testing::Values(kCsv, kJsonLines),
                         [](auto const& form) { return std::string(form.param.name); });

TEST_P(ReadBack, FindsEveryPhotoWithItsStatusAndModel) {
  auto const& form = GetParam();
  auto const text = form.header + form.answer(test::nevus(), "a, \"1\".jpg") +
                    form.answer(test::blurred(), "b\nc.jpg") + form.failure("d.jpg");
  auto const finished = form.read(text);
  ASSERT_TRUE(finished.has_value()) << finished.error().message;
  ASSERT_EQ(finished->photos.size(), 3U);
  EXPECT_EQ(finished->photos[0].name, "a, \"1\".jpg");
  EXPECT_EQ(finished->photos[0].status, "assessed");
  EXPECT_EQ(finished->photos[0].model_sha256, test::kModel.sha256);
  EXPECT_EQ(finished->photos[1].name, "b\nc.jpg");
  EXPECT_EQ(finished->photos[1].status, "retake_advised");
  EXPECT_EQ(finished->photos[2].status, "failed");
  EXPECT_EQ(finished->complete_bytes, text.size());
}

TEST_P(ReadBack, WhereverTheWriterWasKilledTheCompleteRecordsCount) {
  auto const& form = GetParam();
  auto const first = form.header + form.answer(test::nevus(), "a\n.jpg");
  auto const both = first + form.answer(test::melanoma(), "b.jpg");
  for (std::size_t length = 0; length <= both.size(); ++length) {
    auto const finished = form.read(std::string_view(both).substr(0, length));
    ASSERT_TRUE(finished.has_value()) << "cut at " << length << ": " << finished.error().message;
    EXPECT_EQ(finished->photos.size(), length == both.size() ? 2U : length >= first.size() ? 1U : 0U) << length;
    EXPECT_LE(finished->complete_bytes, length);
  }
}

TEST_P(ReadBack, AnotherFileIsNotTakenForResults) {
  auto const& form = GetParam();
  for (std::string const text : {"my notes", "my notes\n", "image,label\nx,1\n", "{\"a\":1}\n", "\n", "[1,2]\n"}) {
    auto const finished = form.read(text);
    ASSERT_FALSE(finished.has_value()) << text;
    EXPECT_EQ(finished.error().code, ErrorCode::kData);
  }
}

TEST_P(ReadBack, AForeignRecordAmongResultsIsNamed) {
  auto const& form = GetParam();
  auto const finished = form.read(form.header + form.answer(test::nevus(), "a.jpg") + "hello\n");
  ASSERT_FALSE(finished.has_value());
  EXPECT_NE(finished.error().message.find(form.header.empty() ? "record 2 " : "record 3 "), std::string::npos)
      << finished.error().message;
}

}  // namespace
}  // namespace nevus
