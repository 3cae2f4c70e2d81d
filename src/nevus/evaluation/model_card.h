// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "nevus/model/bundle.h"

namespace nevus::evaluation {

/// MODEL_CARD.md of a bundle: what the network is, what it was trained on, its figures with intervals, where it fails,
/// what it must not be used for. Made of the card alone, so that no number is typed.
[[nodiscard]] std::string model_card_markdown(ModelCard const& card);

}  // namespace nevus::evaluation
