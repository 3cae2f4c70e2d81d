// SPDX-License-Identifier: MIT
#include "nevus/server/multipart.h"

#include <gtest/gtest.h>

namespace nevus::server {
namespace {

Bytes bytes(std::string const& text) { return {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()}; }

constexpr char const* kType = "multipart/form-data; boundary=x";

std::string refusal(std::string const& body, std::string const& type = kType) {
  auto const parts = parse_form(type, bytes(body), 3);
  return parts ? "accepted" : parts.error().message;
}

TEST(Form, AFileAndATextArePartsOfTheirNames) {
  std::string const photo("\r\n--\0\xff", 6);
  std::string const body =
      "--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"C:\\me\\a;b.jpg\"\r\nA: b\r\n\r\n" + photo +
      "\r\n--x\r\ncontent-disposition:form-data;name=model\r\n\r\nfast\r\n--x--\r\n";
  auto const parts = parse_form("multipart/form-data; boundary=\"x\"", bytes(body), 3).value();
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].name, "photo");
  EXPECT_EQ(parts[0].file_name, "a;b.jpg");
  EXPECT_EQ(std::string(parts[0].content.begin(), parts[0].content.end()), photo);
  EXPECT_EQ(parts[1].name, "model");
  EXPECT_FALSE(parts[1].file_name.has_value());
}

TEST(Form, WhatIsNoFormIsRefusedWithItsReason) {
  std::string const head = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n";
  EXPECT_EQ(refusal(head + "1\r\n--x--"), "accepted");
  EXPECT_EQ(refusal("--x--"), "accepted");
  EXPECT_NE(refusal(head + "1\r\n--x").find("line end"), std::string::npos);
  EXPECT_NE(refusal(head + "1").find("closing boundary"), std::string::npos);
  EXPECT_NE(refusal("").find("does not occur"), std::string::npos);
  EXPECT_NE(refusal("--x\r\n").find("does not end"), std::string::npos);
  EXPECT_NE(refusal("--x\r\nContent-Position: b\r\n\r\n1\r\n--x--").find("no name"), std::string::npos);
  EXPECT_NE(refusal("--x\r\n\r\n1\r\n--x--").find("no name"), std::string::npos);
  EXPECT_NE(refusal("--x\r\nnonsense\r\n\r\n1\r\n--x--").find("no colon"), std::string::npos);
  EXPECT_NE(refusal("--x\r\nA: " + std::string(9000, 'b') + "\r\n\r\n1\r\n--x--").find("does not end"),
            std::string::npos);
  EXPECT_NE(refusal(head + "1\r\n" + head + "1\r\n" + head + "1\r\n" + head + "1\r\n--x--").find("more than 3"),
            std::string::npos);
  EXPECT_NE(refusal("--x--", "multipart/form-data").find("boundary"), std::string::npos);
  EXPECT_NE(refusal("--x--", "multipart/form-data; boundary=" + std::string(71, 'x')).find("boundary"),
            std::string::npos);
}

}  // namespace
}  // namespace nevus::server
