// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "nevus/model/bundle.h"

/// What the model card says of the photos that a network learnt from, by TrainingSource.
namespace nevus::evaluation {

[[nodiscard]] bool is_ham10000(ModelCard const& card);

[[nodiscard]] std::string data_name(ModelCard const& card);         ///< "HAM10000"
[[nodiscard]] std::string data_citation(ModelCard const& card);     ///< one sentence
[[nodiscard]] std::string_view photos_word(ModelCard const& card);  ///< "photos" or "drawings"

/// `of_ham10000` where that is what the network learnt from; else that it does not apply to drawings, or is not known
/// of other photos.
[[nodiscard]] std::string by_source(ModelCard const& card, std::string_view of_ham10000);

}  // namespace nevus::evaluation
