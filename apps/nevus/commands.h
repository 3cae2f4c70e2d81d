// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "nevus/base/result.h"

namespace nevus::app {

/// What a parsed command line asks for. A subcommand's callback sets it while the command line is parsed; `main` runs
/// it afterwards, prints the error if there is one and exits with its code.
using Action = std::function<Result<void>()>;

void add_analyze(CLI::App& program, Action& chosen);
void add_batch(CLI::App& program, Action& chosen);
void add_serve(CLI::App& program, Action& chosen);
void add_evaluate(CLI::App& program, Action& chosen);
void add_models(CLI::App& program, Action& chosen);
void add_audit(CLI::App& program, Action& chosen);
void add_doctor(CLI::App& program, Action& chosen);
void add_completion(CLI::App& program, Action& chosen);

}  // namespace nevus::app
