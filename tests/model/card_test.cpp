// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "model/example_card.h"

namespace nevus {
namespace {

using Json = nlohmann::ordered_json;
using Change = std::function<void(Json&)>;

ByteVector const kNetwork{1, 2, 3};

/// The reason for which the example's card is refused after the change.
std::string refusal(Change const& change) {
  auto json = Json::parse(model::to_json(testing::example_card("tiny", kNetwork)));
  change(json);
  auto const card = model::parse_card(json.dump());
  if (card) return "it was accepted";
  EXPECT_EQ(card.error().code, ErrorCode::kModelRefused);
  return card.error().message;
}

TEST(Card, EveryFieldSurvivesWritingAndReading) {
  auto const written = testing::example_card("tiny", kNetwork);
  auto const read = model::parse_card(model::to_json(written)).value();
  EXPECT_EQ(read.id, written.id);
  EXPECT_EQ(read.version, written.version);
  EXPECT_EQ(read.architecture, written.architecture);
  EXPECT_EQ(read.licence, written.licence);
  EXPECT_EQ(read.network_sha256, written.network_sha256);
  EXPECT_EQ(read.network_bytes, 3);
  EXPECT_EQ(read.preprocess, written.preprocess);
  EXPECT_EQ(read.calibration, written.calibration);
  EXPECT_EQ(read.class_prior, written.class_prior);
  EXPECT_EQ(read.training_data, written.training_data);
  EXPECT_EQ(read.training_data_sha256, written.training_data_sha256);
  EXPECT_EQ(read.code_commit, written.code_commit);
  EXPECT_EQ(read.source, written.source);
  ASSERT_EQ(read.metrics.size(), 2U);
  EXPECT_EQ(read.metrics.at("test.accuracy").value, 0.825);
  EXPECT_EQ(read.metrics.at("test.accuracy").low, 0.81);
  EXPECT_EQ(read.metrics.at("test.accuracy").high, 0.84);
  EXPECT_EQ(read.split, "fixed");
  EXPECT_EQ(read.parts.at("test").lesions, 90U);
  EXPECT_EQ(read.parts.at("train").classes, written.parts.at("train").classes);
  ASSERT_EQ(read.subgroups.size(), 3U);
  EXPECT_EQ(read.subgroups[0].metrics.at("recall.mel").high, 0.8);
  EXPECT_EQ(read.subgroups[1].group, "male");
  EXPECT_TRUE(read.subgroups[1].metrics.empty());
  EXPECT_EQ(read.canary_seed, written.canary_seed);
  EXPECT_EQ(read.canary_logits, written.canary_logits);
  EXPECT_EQ(model::to_json(read), model::to_json(written));
}

TEST(Card, OneThatDoesNotNameItsSourceIsOfHam10000AndImageNet) {
  auto json = Json::parse(model::to_json(testing::example_card("tiny", kNetwork)));
  for (auto const* field : {"source", "view", "start_weights"}) json["training"].erase(field);
  auto const card = model::parse_card(json.dump());
  ASSERT_TRUE(card) << card.error().message;
  EXPECT_EQ(card->source, TrainingSource{});
  EXPECT_NE(refusal([](Json& other) {
              other["training"]["source"] = "elsewhere";
            }).find("\"training.source\" must be one of"),
            std::string::npos);
}

TEST(Card, FloatsAreWrittenAsAPersonWouldWriteThem) {
  auto card = testing::example_card("tiny", kNetwork);
  card.preprocess.mean = {0.498F, 0.498F, 0.498F};
  auto const text = model::to_json(card);
  EXPECT_NE(text.find("0.498,"), std::string::npos) << text;
  EXPECT_EQ(text.find("0.4979"), std::string::npos) << text;
}

TEST(Card, OneOfBeforeEvaluationsWereKeptIsStillRead) {
  auto json = Json::parse(model::to_json(testing::example_card("tiny", kNetwork)));
  json.erase("evaluation");
  auto const card = model::parse_card(json.dump());
  ASSERT_TRUE(card) << card.error().message;
  EXPECT_EQ(card->split, "fixed");
  EXPECT_TRUE(card->parts.empty());
  EXPECT_EQ(Json::parse(model::to_json(*card)), json) << "nothing is made up when it is written again";
}

TEST(Card, EveryMissingFieldIsNamed) {
  auto const whole = Json::parse(model::to_json(testing::example_card("tiny", kNetwork))).flatten();
  for (auto const& [pointer, value] : whole.items()) {
    // The elements of a list have no names: taking one away makes a list of the wrong length.
    if (std::isdigit(static_cast<unsigned char>(pointer.back()))) continue;
    if (pointer == "/training/source" || pointer == "/training/view" || pointer == "/training/start_weights") continue;
    auto name = pointer.substr(1);
    // The name of a metric holds a dot, and which metrics there are is free.
    std::replace(name.begin(), name.end(), '/', '.');
    auto const text = refusal([&pointer = pointer](Json& card) {
      Json::json_pointer const place(pointer);
      card[place.parent_pointer()].erase(place.back());
    });
    EXPECT_EQ(text, "\"" + name + "\" is missing");
  }
}

TEST(Card, AFieldThatNoCardHasIsNamed) {
  EXPECT_EQ(refusal([](Json& card) { card["colour"] = "blue"; }), "\"colour\" is not a field that a card has");
  EXPECT_EQ(refusal([](Json& card) { card["preprocess"]["widht_px"] = 1; }),
            "\"preprocess.widht_px\" is not a field that a card has");
  EXPECT_EQ(refusal([](Json& card) { card["canary"]["logits"]["scc"] = 1; }),
            "\"canary.logits.scc\" is not a field that a card has");
  EXPECT_EQ(refusal([](Json& card) {
              card["evaluation"]["subgroups"]["sex"]["male"]["charm"] = {1, 1, 1};
            }),
            "\"evaluation.subgroups.sex.male.charm\" is not a field that a card has");
}

TEST(Card, AFieldOfTheWrongKindIsNamedWithWhatItShouldBe) {
  EXPECT_EQ(refusal([](Json& card) { card["version"] = 1; }), "\"version\" must be a text that is not empty, but is 1");
  EXPECT_EQ(refusal([](Json& card) { card["preprocess"]["width_px"] = "wide"; }),
            "\"preprocess.width_px\" must be a whole number from 16 to 2048, but is \"wide\"");
  EXPECT_EQ(refusal([](Json& card) { card["preprocess"]["height_px"] = 192.5; }),
            "\"preprocess.height_px\" must be a whole number from 16 to 2048, but is 192.5");
  EXPECT_EQ(refusal([](Json& card) {
              card["preprocess"]["mean"] = {0.5, 0.5};
            }),
            "\"preprocess.mean\" must be a list of three numbers, but is [0.5,0.5]");
  EXPECT_EQ(refusal([](Json& card) { card["metrics"]["test.accuracy"]["low"] = nullptr; }),
            "\"metrics.test.accuracy.low\" must be a number, but is null");
  EXPECT_EQ(refusal([](Json& card) { card["evaluation"]["subgroups"]["sex"]["female"]["accuracy"] = .8; }),
            "\"evaluation.subgroups.sex.female.accuracy\" must be a list of three numbers, but is 0.8");
  EXPECT_EQ(refusal([](Json& card) { card["canary"] = 3; }), "\"canary\" must be an object {…}, but is 3");
}

TEST(Card, ValuesThatNoNetworkCanHaveAreRefused) {
  std::vector<std::pair<std::string, Change>> const changes{
      {"preprocess.width_px", [](Json& card) { card["preprocess"]["width_px"] = 0; }},
      {"preprocess.height_px", [](Json& card) { card["preprocess"]["height_px"] = -192; }},
      {"preprocess.detail_px", [](Json& card) { card["preprocess"]["detail_px"] = -1; }},
      {"preprocess.std", [](Json& card) { card["preprocess"]["std"][1] = 0; }},
      {"network.size_bytes", [](Json& card) { card["network"]["size_bytes"] = 0; }},
      {"network.sha256", [](Json& card) { card["network"]["sha256"] = std::string(64, 'G'); }},
      {"calibration.temperature", [](Json& card) { card["calibration"]["temperature"] = 0; }},
      {"calibration.class_prior.df", [](Json& card) { card["calibration"]["class_prior"]["df"] = 0; }},
      {"calibration.class_prior", [](Json& card) { card["calibration"]["class_prior"]["nv"] = 0.9; }},
      {"canary.seed", [](Json& card) { card["canary"]["seed"] = -1; }},
      {"id", [](Json& card) { card["id"] = ""; }},
  };
  for (auto const& [name, change] : changes)
    EXPECT_EQ(refusal(change).find("\"" + name + "\" must be "), 0U) << name << ": " << refusal(change);
}

TEST(Card, OtherClassesOrAnotherOrderAreRefused) {
  auto const swapped = refusal([](Json& card) { std::swap(card["classes"][0], card["classes"][1]); });
  EXPECT_EQ(
      swapped.find("\"classes\" must be [\"akiec\",\"bcc\",\"bkl\",\"df\",\"mel\",\"nv\",\"vasc\"] in this order"), 0U)
      << swapped;
  EXPECT_EQ(refusal([](Json& card) { card["classes"].push_back("scc"); }).find("\"classes\" must be "), 0U);
}

TEST(Card, AnotherVersionOfTheFormatIsRefusedBeforeItsUnknownFields) {
  auto const text = refusal([](Json& card) {
    card["schema_version"] = 2;
    card["new_field"] = true;
  });
  EXPECT_EQ(text, "is written in version 2 of the card's format, but this Nevus reads version 1");
}

TEST(Card, WhatIsNoJsonObjectIsRefused) {
  EXPECT_EQ(model::parse_card("").error().message, "is not well-formed JSON");
  EXPECT_EQ(model::parse_card("{\"id\": \"fast\"").error().message, "is not well-formed JSON");
  EXPECT_EQ(model::parse_card("[1, 2]").error().message, "the card must be an object {…}, but is [1,2]");
}

}  // namespace
}  // namespace nevus
