#include "tests/world/terraform_directory.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/world/child_process.hpp"

namespace postflight::world {

namespace {

// terraform_data is part of Terraform itself: no provider has to be downloaded.
constexpr char code[] = R"(terraform {
  required_version = ">= 1.4"
}

variable "outpost_replicas" {
  type = number
}

variable "server_version" {
  type = string
}

resource "terraform_data" "proxy_provider" {
  input = {
    name                  = "terminal"
    access_token_validity = "weeks=4"
  }
}

resource "terraform_data" "outpost" {
  input = {
    name      = "authentik Embedded Outpost"
    replicas  = var.outpost_replicas
    providers = [terraform_data.proxy_provider.id]
  }

  lifecycle {
    precondition {
      condition     = startswith(var.server_version, "2025.")
      error_message = "The provider does not support authentik ${var.server_version}."
    }
  }
}

output "outpost" {
  value = terraform_data.outpost.output.name
}
)";

void write_values(const std::filesystem::path& directory, int replicas,
                  const std::string& server_version) {
  std::ofstream(directory / "terraform.tfvars")
      << "outpost_replicas = " << replicas << "\nserver_version   = \"" << server_version << "\"\n";
}

void run(const std::filesystem::path& directory, const std::vector<std::string>& argv) {
  const std::string log = (directory / ".setup.log").string();
  ChildOptions options;
  options.argv = argv;
  options.directory = directory.string();
  options.output = log;
  options.environment = {{"CHECKPOINT_DISABLE", "1"}, {"TF_IN_AUTOMATION", "1"}};
  if (ChildProcess(options).wait() == 0) return;
  std::ifstream stream(log);
  throw std::runtime_error(argv[0] + " " + argv[1] +
                           " failed: " + std::string(std::istreambuf_iterator<char>(stream), {}));
}

}  // namespace

void make_terraform_directory(const std::filesystem::path& directory, const std::string& program,
                              Scenario::Terraform wanted) {
  std::filesystem::create_directories(directory);
  std::ofstream(directory / "main.tf") << code;
  write_values(directory, 2, "2025.10.2");
  if (!program.empty()) {
    run(directory, {program, "init", "-input=false", "-no-color"});
    run(directory, {program, "apply", "-auto-approve", "-input=false", "-no-color"});
  }
  if (wanted == Scenario::Terraform::drifted) write_values(directory, 1, "2025.10.2");
  if (wanted == Scenario::Terraform::broken) write_values(directory, 2, "2026.8.0");
}

}  // namespace postflight::world
