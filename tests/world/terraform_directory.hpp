#pragma once

#include <optional>
#include <string>

namespace postflight::world {

enum class TerraformState { clean, drifted, broken };

// Where the terraform program is; nothing where it is not installed.
std::optional<std::string> find_terraform();

// Makes `directory`: Terraform code without any provider, applied with the real program, and then
// changed as asked: `drifted` wants another input than was applied, `broken` does not plan at all.
// Throws std::runtime_error with Terraform's words when it cannot.
void make_terraform_directory(const std::string& directory, const std::string& terraform,
                              TerraformState state);

}  // namespace postflight::world
