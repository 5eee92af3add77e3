#include "cli/own_secrets.hpp"

#include <cxxabi.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <typeinfo>

#include "clients/secrets.hpp"

namespace postflight {
namespace {

constexpr std::size_t longest_line = 4096;
constexpr std::size_t most_lines = 10'000;

void overwrite(char* text) { std::fill(text, text + std::strlen(text), '*'); }

// NAME=value: the name stays.
void overwrite_value(char* pair) {
  if (auto* const equals = std::strchr(pair, '='); equals != nullptr) overwrite(equals + 1);
}

// https://user:password@host/, or a token there.
void overwrite_credentials(char* url) {
  auto* const host = std::strstr(url, "://");
  if (host == nullptr) return;
  auto* const end = host + 3 + std::strcspn(host + 3, "/?#");
  auto* at = end;  // the last one: a password may hold others
  for (auto* c = host + 3; c != end; ++c)
    if (*c == '@') at = c;
  if (at != end) std::fill(host + 3, at, '*');
}

[[noreturn]] void end_without_words() {
  const auto say = [](std::string_view text) {
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
  };
  say("postflight: internal error, please report it: ended by ");
  const auto* const type = abi::__cxa_current_exception_type();
  say(type == nullptr ? "std::terminate" : type->name());
  say("\n");
  std::abort();
}

// host:port:database:user:password, where \: and \\ are escapes.
std::string password_in_line(const std::string& line) {
  std::string field;
  int fields = 1;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '\\' && at + 1 < line.size()) {
      field += line[++at];
    } else if (line[at] == ':' && fields < 5) {
      ++fields;
      field.clear();
    } else {
      field += line[at];
    }
  }
  return fields == 5 && !line.starts_with('#') ? field : "";
}

void learn_password_file(Redactor& redactor) {
  const auto variable = [](const char* name) {
    const char* const value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  auto path = variable("PGPASSFILE");
  if (path.empty()) path = variable("HOME") + "/.pgpass";
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return;
  std::ifstream file(path);
  std::string line;
  for (std::size_t lines = 0; lines < most_lines && std::getline(file, line); ++lines)
    if (line.size() <= longest_line) redactor.add(password_in_line(line));
}

}  // namespace

std::vector<std::string> take_arguments(int argc, char** argv) {
  const std::vector<std::string> arguments(argv, argv + argc);
  for (int i = 1; i < argc; ++i) {
    if (arguments[i] == "--set" && i + 1 < argc) overwrite_value(argv[++i]);
    if (arguments[i].starts_with("--set=")) overwrite_value(argv[i] + std::strlen("--set="));
    overwrite_credentials(argv[i]);
  }
  return arguments;
}

void keep_secrets_in_a_crash() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_CORE, &limit) == 0) {
    limit.rlim_cur = 0;
    ::setrlimit(RLIMIT_CORE, &limit);
  }
  std::set_terminate(end_without_words);
}

void learn_own_secrets(Redactor& redactor) {
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable)
    for (const auto& secret : secrets_in_variable(*variable)) redactor.add(secret);
  learn_password_file(redactor);
}

}  // namespace postflight
