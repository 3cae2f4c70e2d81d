// SPDX-License-Identifier: MIT
// Addresses, tensors, keys and limits: what is read from strangers.
#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "nevus/base/file.h"
#include "nevus/server/access.h"
#include "nevus/server/body_limit.h"
#include "nevus/server/secrets.h"
#include "nevus/server/target.h"
#include "nevus/server/tensors.h"
#include "nevus/server/zip_stream.h"

namespace nevus::server {
namespace {

TEST(Target, IsDecodedOnceAndNeverLeavesTheRoot) {
  auto const target = parse_target("/a%20b/%2525?c=d+e%26&f&=g&c=later");
  ASSERT_TRUE(target.has_value());
  EXPECT_EQ(target->path, "/a b/%25");
  EXPECT_EQ(target->query, (std::map<std::string, std::string>{{"c", "d e&"}, {"f", ""}}));
  EXPECT_EQ(target->repeated, "c");
  for (auto const* bad :
       {"", "a", "/%", "/%4", "/%zz", "/%00", "/a/../b", "/a/%2e%2e/b", "/..", "/\x7f", "/?a=%1f", "*"})
    EXPECT_FALSE(parse_target(bad).has_value()) << bad;
}

TEST(Route, ParametersTakeOnePartOfThePath) {
  std::vector<std::string> parameters;
  EXPECT_TRUE(fits("/a/{id}/b", "/a/12/b", parameters));
  EXPECT_EQ(parameters, std::vector<std::string>{"12"});
  for (auto const* other : {"/a//b", "/a/12", "/a/12/b/", "/a/1/2/b", "/a/12/bc", ""})
    EXPECT_FALSE(fits("/a/{id}/b", other, parameters)) << other;
}

TEST(ZipStream, FilesHaveThePlainNamesOfTheirPhotos) {
  EXPECT_EQ(plain_file_name("folder/a.jpg"), "a.jpg");
  EXPECT_EQ(plain_file_name("C:\\photos\\zo\xC3\xAB.jpg"), "zo\xC3\xAB.jpg");
  EXPECT_EQ(plain_file_name("a\nb:c?.jpg"), "a_b_c_.jpg");
  EXPECT_EQ(plain_file_name("\xFF.jpg"), "\xEF\xBF\xBD.jpg");
  EXPECT_EQ(plain_file_name("folder/"), "photo");
  std::string long_name = "x";
  for (int i = 0; i < 80; ++i) long_name += "\xC3\xAB";
  EXPECT_EQ(plain_file_name(long_name), long_name.substr(0, 119)) << "whole characters, at most 120 bytes";
}

Bytes bytes(std::string const& text) { return {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()}; }

constexpr InferLimits kLimits{.max_numbers = 8, .max_strings = 2};

std::string refusal(std::string const& body, std::size_t json_bytes) {
  auto const request = parse_infer(bytes(body), json_bytes, kLimits);
  return request ? "accepted" : request.error().message;
}

TEST(Tensors, BinaryAndJsonDataAreTheSame) {
  std::string const json = R"({"inputs":[{"name":"image","shape":[2,1],"datatype":"FP32","data":[[1],[2.5]]}]})";
  EXPECT_EQ(parse_infer(bytes(json), json.size(), kLimits).value().inputs[0].values, (std::vector<float>{1, 2.5}));
  std::string head =
      R"({"inputs":[{"name":"image","shape":[2,1],"datatype":"FP32","parameters":{"binary_data_size":8}}]})";
  float const values[] = {1, 2.5};
  auto const body = head + std::string(reinterpret_cast<char const*>(values), sizeof(values));
  EXPECT_EQ(parse_infer(bytes(body), head.size(), kLimits).value().inputs[0].values, (std::vector<float>{1, 2.5}));
}

TEST(Tensors, WhatDoesNotFitIsRefused) {
  auto const with = [](std::string const& members) {
    return R"({"inputs":[{"name":"image","datatype":"FP32",)" + members + "}]}";
  };
  auto const json_refusal = [](std::string const& json) { return refusal(json, json.size()); };
  EXPECT_EQ(json_refusal(with(R"("shape":[1],"data":[1])")), "accepted");
  for (auto const& bad :
       {std::string(""), std::string("{}"), std::string(R"({"inputs":[1]})"), with(R"("shape":[2],"data":[1])"),
        with(R"("shape":[1],"data":[1,2])"), with(R"("shape":[1],"data":["a"])"), with(R"("shape":[0],"data":[])"),
        with(R"("shape":[4294967296,4294967296],"data":[])"), with(R"("shape":[-1],"data":[])"), with(R"("shape":[1])"),
        with(R"("data":[1])"), with(R"("shape":[1.5],"data":[1])"),
        with(R"("shape":[1],"parameters":{"binary_data_size":4})")})
    EXPECT_NE(json_refusal(bad), "accepted") << bad;
  EXPECT_NE(refusal("{}", 3), "accepted");
}

TEST(Tensors, NumbersAreFinite) {
  std::string const why = "the inference request has data with a number that is not finite in FP32";
  auto const input = [](std::string const& rest) {
    return R"({"inputs":[{"name":"image","shape":[1],"datatype":"FP32",)" + rest + "}]}";
  };
  for (auto const* number : {"1e39", "-1e39"}) {
    auto const json = input("\"data\":[" + std::string(number) + "]");
    EXPECT_EQ(refusal(json, json.size()), why);
  }
  auto const head = input(R"("parameters":{"binary_data_size":4})");
  for (auto const value : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()})
    EXPECT_EQ(refusal(head + std::string(reinterpret_cast<char const*>(&value), sizeof(value)), head.size()), why);
}

TEST(Tensors, NestingHasAnEndWhereverItStands) {
  auto const nested = [](std::size_t levels) { return std::string(levels, '[') + "1" + std::string(levels, ']'); };
  auto const refusal_of = [](std::string const& members) {
    auto const json = R"({"inputs":[{"name":"image","datatype":"FP32","shape":[1],)" + members + "}]}";
    return refusal(json, json.size());
  };
  EXPECT_EQ(refusal_of("\"data\":" + nested(8)), "accepted");
  constexpr std::size_t kDeeperThanAnyStack = 1'000'000;
  for (auto const levels : {std::size_t{9}, kDeeperThanAnyStack})
    EXPECT_EQ(refusal_of("\"data\":" + nested(levels)),
              "the inference request has data that is nested deeper than 8 levels");
  EXPECT_NE(refusal_of("\"parameters\":{\"binary_data_size\":" + nested(kDeeperThanAnyStack) + "}"), "accepted");
}

TEST(Tensors, ReadingStopsAtWhatTheNetworkTakes) {
  auto const refusal_of = [](std::string const& members) {
    auto const json = R"({"inputs":[{"name":"image","datatype":"FP32","shape":[9],)" + members + "}]}";
    return refusal(json, json.size());
  };
  // What follows is no JSON, and nobody comes so far.
  EXPECT_EQ(refusal_of("\"data\":[1,2,3,4,5,6,7,8,9,nonsense"),
            "the inference request has more data than the 8 numbers that this network takes at once");
  EXPECT_EQ(refusal_of("\"data\":[\"Zg==\",\"Zg==\",\"Zg==\",nonsense"),
            "the inference request has more than 2 photos");
  std::string hollow = "\"x\":[{}";
  for (int i = 0; i < 1000; ++i) hollow += ",{}";
  EXPECT_EQ(refusal_of(hollow + ",nonsense"), "the inference request has more than 1000 values besides its data");
  for (auto const* data : {"{}", "3", "null", "\"Zg==\"", "[[],{}]", "[true]", "[\"Zg==\"]", "[1],\"data\":[1]"})
    EXPECT_NE(refusal_of(std::string("\"shape\":[1],\"data\":") + data), "accepted") << data;
}

TEST(Tensors, DataBelongToTheInputInWhichTheyStand) {
  std::string const json =
      R"({"inputs":[{"data":[5]}],"x":{"inputs":[{"data":[7]}]},"inputs":[)"
      R"({"data":[1],"name":"a","datatype":"FP32","shape":[1]},{"name":"b","datatype":"FP32","shape":[2],"data":[[2],[3]]}]})";
  auto const inputs = parse_infer(bytes(json), json.size(), kLimits).value().inputs;
  ASSERT_EQ(inputs.size(), 2U);
  EXPECT_EQ(inputs[0].values, std::vector<float>{1});
  EXPECT_EQ(inputs[1].values, (std::vector<float>{2, 3}));
  for (std::string const odd :
       {R"([{"inputs":[{"data":[1]}]}])", R"({"inputs":[],"inputs":{"a":{"data":[1]}}})", "[[1]]",
        R"({"inputs":[{"data":[1]}],"inputs":3})", "3", "[", "{\"inputs\":[{\"data\":[1"})
    EXPECT_NE(refusal(odd, odd.size()), "accepted") << odd;
}

TEST(Tensors, AnAnswerHasEightOutputsAtMost) {
  auto const refusal_of = [](int outputs) {
    std::string list = R"({"name":"logits"})";
    for (int i = 1; i < outputs; ++i) list += R"(,{"name":"logits"})";
    auto const json =
        R"({"inputs":[{"name":"image","datatype":"FP32","shape":[1],"data":[1]}],"outputs":[)" + list + "]}";
    return refusal(json, json.size());
  };
  EXPECT_EQ(refusal_of(8), "accepted");
  EXPECT_EQ(refusal_of(9), "the inference request has more than 8 outputs");
}

TEST(Tensors, StringsCarryTheirLength) {
  std::string const head =
      R"({"inputs":[{"name":"photo","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":11}}]})";
  auto const body = head + std::string("\x02\0\0\0ab\x01\0\0\0c", 11);
  auto const input = parse_infer(bytes(body), head.size(), kLimits).value().inputs[0];
  ASSERT_EQ(input.strings.size(), 2U);
  EXPECT_EQ(input.strings[0].size(), 2U);
  EXPECT_NE(refusal(head + std::string("\x09\0\0\0ab\x01\0\0\0c", 11), head.size()), "accepted");
}

TEST(Base64, IsReadAsRfc4648HasIt) {
  auto const text = [](char const* encoded) {
    auto const decoded = base64_decoded(encoded);
    return decoded ? std::string(decoded->begin(), decoded->end()) : "none";
  };
  EXPECT_EQ(text(""), "");
  EXPECT_EQ(text("Zg=="), "f");
  EXPECT_EQ(text("Zm8="), "fo");
  EXPECT_EQ(text("Zm9vYmFy"), "foobar");
  for (auto const* bad : {"Zg", "Zg=", "Z===", "====", "Zm9v\n", "Zm=v", "Zm 9"}) EXPECT_EQ(text(bad), "none") << bad;
}

TEST(RateLimit, AMinutesRequestsMayComeAtOnceAndThenAtTheirRate) {
  RateLimit limit(60);
  auto const start = RateLimit::Clock::now();
  for (int i = 0; i < 60; ++i) EXPECT_FALSE(limit.take("a", start).has_value());
  EXPECT_EQ(limit.take("a", start), std::chrono::seconds(1));
  EXPECT_FALSE(limit.take("b", start).has_value()) << "each client has a bucket of its own";
  EXPECT_FALSE(limit.take("a", start + std::chrono::seconds(1)).has_value());
  EXPECT_TRUE(limit.take("a", start + std::chrono::seconds(1)).has_value());
  EXPECT_FALSE(RateLimit(0).take("a", start).has_value());
}

TEST(RateLimit, AFloodOfNewClientsSharesOneBucketAndIsForgottenOnceItIsOver) {
  RateLimit limit(60, 3);
  auto const start = RateLimit::Clock::now();
  EXPECT_FALSE(limit.take("known", start).has_value());
  auto const flood = [&](RateLimit::Clock::time_point when) {
    int passed = 0;
    for (int i = 0; i < 1000; ++i) passed += limit.take(std::to_string(i), when).has_value() ? 0 : 1;
    return passed;
  };
  EXPECT_EQ(flood(start), 2 + 60) << "two buckets that were left, and a minute's requests of the shared one";
  EXPECT_EQ(limit.clients(), 3U);
  EXPECT_FALSE(limit.take("known", start).has_value()) << "who was there before notices nothing";
  auto const later = start + std::chrono::seconds(1);
  EXPECT_FALSE(limit.take("new", later).has_value());
  EXPECT_EQ(limit.clients(), 2U) << "full buckets are none; \"known\" took two of its";
}

TEST(Client, OfIpv6IsANetworkAndOfIpv4AnAddress) {
  EXPECT_EQ(client_at("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(client_at("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
  EXPECT_EQ(client_at("2001:db8:1:2:ffff::1"), client_at("2001:db8:1:2::9"));
  EXPECT_NE(client_at("2001:db8:1:2::1"), client_at("2001:db8:1:3::1"));
  EXPECT_EQ(client_at("::ffff:192.0.2.7"), "::ffff:192.0.2.7") << "IPv4 on an IPv6 socket";
}

TEST(ApiKeys, ComeWithASchemeInAnyCase) {
  auto const file = std::filesystem::temp_directory_path() / ("nevus-keys-" + random_id());
  std::string const line = "user anna 2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b\n";  // "secret"
  ASSERT_TRUE(write_file_atomically(file, line));
  auto const keys = ApiKeys::read(file).value();
  std::filesystem::remove(file);
  for (auto const* value : {"Bearer secret", "bearer secret", "BEARER secret", "basic eDpzZWNyZXQ="}) {
    RequestHead head;
    head.headers["authorization"] = value;
    EXPECT_EQ(keys.check(head, Access::kUser).value_or("none"), "anna") << value;
  }
}

TEST(BodyLimit, OneAddressFillsHalfOfItAndABodyCountsWhileItLives) {
  BodyLimit limit(100);
  {
    BodyLimit::Share first(limit, "a");
    BodyLimit::Share second(limit, "a");
    BodyLimit::Share other(limit, "b");
    EXPECT_TRUE(first.add(25));
    EXPECT_TRUE(second.add(25));
    EXPECT_FALSE(second.add(1)) << "half is for others";
    EXPECT_TRUE(other.add(49));
    BodyLimit::Share third(limit, "c");
    EXPECT_FALSE(third.add(1)) << "everything is taken";
  }
  BodyLimit::Share later(limit, "a");
  EXPECT_TRUE(later.add(50));
}

}  // namespace
}  // namespace nevus::server
