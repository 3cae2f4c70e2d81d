// SPDX-License-Identifier: MIT
#include "nevus/dataset/csv.h"

#include <gtest/gtest.h>

namespace nevus {
namespace {

using Fields = std::vector<std::string>;

std::string message(std::string_view text) { return dataset::parse_csv(text, "t.csv", {"a", "b"}).error().message; }

TEST(Csv, ColumnsComeInTheOrderAskedFor) {
  auto const rows = dataset::parse_csv("x,b,a\n1,2,3\n4,5,6\n", "t.csv", {"a", "b"}).value();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].fields, (Fields{"3", "2"}));
  EXPECT_EQ(rows[1].fields, (Fields{"6", "5"}));
  EXPECT_EQ(rows[1].line, 3U);
}

TEST(Csv, QuotedFieldsHoldCommasQuotesAndLineEnds) {
  auto const rows =
      dataset::parse_csv("a,b\n\"x,y\",\"say \"\"no\"\"\"\n\"two\nlines\",\"\"\nlast,one", "t.csv", {"a", "b"});
  ASSERT_EQ(rows->size(), 3U);
  EXPECT_EQ((*rows)[0].fields, (Fields{"x,y", "say \"no\""}));
  EXPECT_EQ((*rows)[1].fields, (Fields{"two\nlines", ""}));
  EXPECT_EQ((*rows)[2].fields, (Fields{"last", "one"}));
  EXPECT_EQ((*rows)[2].line, 5U) << "a line end inside quotes counts as a line";
}

TEST(Csv, WindowsLineEndsByteOrderMarkAndEmptyLinesArePassedOver) {
  auto const rows = dataset::parse_csv("\xEF\xBB\xBF\"a\",b\r\n\r\n1,\r\n\r\n", "t.csv", {"a", "b"}).value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].fields, (Fields{"1", ""}));
  EXPECT_EQ(rows[0].line, 3U);
}

TEST(Csv, EveryDefectIsNamedWithFileAndLine) {
  EXPECT_EQ(message(""), "t.csv, line 1: the header has no column \"a\"");
  EXPECT_EQ(message("a,c\n"), "t.csv, line 1: the header has no column \"b\"");
  EXPECT_EQ(message("a,b,a\n1,2,3\n"), "t.csv, line 1: the header has more than one column \"a\"");
  EXPECT_EQ(message("a,b\n1,2\n3\n"), "t.csv, line 3: 1 fields, but the header has 2");
  EXPECT_EQ(message("a,b\n1,2,\n"), "t.csv, line 2: 3 fields, but the header has 2");
  EXPECT_EQ(message("a,b\n1,\"2\n3,4\n"), "t.csv, line 2: a quoted field is not closed");
  EXPECT_EQ(message("a,b\n\"1\"x,2\n"), "t.csv, line 2: text after the closing quote of a field");
  EXPECT_EQ(message("a,b\n1,2\"\n"), "t.csv, line 2: a quote inside a field that is not quoted");
  EXPECT_EQ(dataset::parse_csv("", "t.csv", {"a"}).error().code, ErrorCode::kData);
}

TEST(Csv, AnyFieldSurvivesWritingAndReading) {
  for (std::string const field : {"", "plain", "a,b", "\"", "say \"no\", twice", "two\r\nlines", " space "}) {
    auto const rows = dataset::parse_csv("a,b\n" + dataset::csv_field(field) + ",1\n", "t.csv", {"a"});
    ASSERT_TRUE(rows) << field;
    EXPECT_EQ(rows->at(0).fields.at(0), field);
  }
}

}  // namespace
}  // namespace nevus
