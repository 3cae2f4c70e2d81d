// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "nevus/model/bundle.h"

namespace nevus::evaluation {

/// The points of CLEAR Derm (Daneshjou et al. 2022, JAMA Dermatology 158(1), doi:10.1001/jamadermatol.2021.4915) as a
/// table, answered as far as the card and the documents of its data allow.
[[nodiscard]] std::string clear_derm_table(ModelCard const& card);

/// The 27 items of TRIPOD+AI (Collins et al. 2024, BMJ 385:e078378, doi:10.1136/bmj-2023-078378), likewise.
[[nodiscard]] std::string tripod_table(ModelCard const& card);

}  // namespace nevus::evaluation
