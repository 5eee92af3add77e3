#pragma once

#include <filesystem>
#include <string>

#include "tests/world/scenario.hpp"

namespace postflight::world {

// Writes the code of a small stack and applies it with the real program; the code is left as the
// scenario wants it: applied, changed since, or such that a plan fails. Throws std::runtime_error
// with the program's words when it fails before that.
void make_terraform_directory(const std::filesystem::path& directory, const std::string& program,
                              Scenario::Terraform wanted);

}  // namespace postflight::world
