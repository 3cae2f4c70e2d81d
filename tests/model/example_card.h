// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/base/sha256.h"
#include "nevus/model/bundle.h"

namespace nevus::testing {

/// A card in which every field has a value of its own.
inline ModelCard example_card(std::string id, Bytes network) {
  ModelCard card;
  card.id = std::move(id);
  card.version = "2026.11.1";
  card.architecture = "tiny";
  card.licence = "CC0";
  card.network_sha256 = sha256_hex(network);
  card.network_bytes = static_cast<std::int64_t>(network.size());
  card.preprocess = {.width_px = 64,
                     .height_px = 48,
                     .detail_px = 40,
                     .detail_jpeg_quality = 60,
                     .mean = {0.5F, 0.4F, 0.3F},
                     .std = {0.2F, 0.3F, 0.4F}};
  card.calibration = 1.25;
  card.class_prior = {0.05, 0.1, 0.15, 0.02, 0.18, 0.47, 0.03};
  card.training_data = "synthetic lesions, seeds 1 to 700";
  card.training_data_sha256 = std::string(64, 'a');
  card.code_commit = "0123abc";
  card.source = {"ham10000", "images-300x225", "none"};
  card.metrics["test.accuracy"] = {0.825, 0.81, 0.84};
  card.metrics["test.macro_auc"] = {0.951, 0.94, 0.96};
  card.parts["train"] = {700, 650, {35, 70, 105, 14, 126, 329, 21}};
  card.parts["test"] = {100, 90, {5, 10, 15, 2, 18, 47, 3}};
  card.subgroups = {{"sex", "female", 48, {{"accuracy", {0.8, 0.7, 0.9}}, {"recall.mel", {0.6, 0.4, 0.8}}}},
                    {"sex", "male", 52, {}},
                    {"age", "<40", 20, {{"malignant_auc", {0.9, 0.85, 0.95}}}}};
  card.canary_seed = 18'446'744'073'709'551'557U;  // does not fit into a signed number
  card.canary_logits = {-1.5F, 0.1F, 2.25F, -0.3F, 4.75F, 1e-7F, -12.0F};
  return card;
}

}  // namespace nevus::testing
