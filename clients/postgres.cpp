#include "clients/postgres.hpp"

#include <fstream>

#include "clients/error.hpp"

namespace postflight {
namespace {

constexpr std::size_t longest_password = 64u << 10;

}  // namespace

Postgres::~Postgres() = default;

std::string Postgres::password_in(const std::string& path, const Limits&) {
  std::ifstream file(path, std::ios::binary);
  std::string text(longest_password, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad() || (text.empty() && !file.eof()))
    throw ClientError(reason::configuration, "the password file " + path +
                                                 " cannot be read: check that it exists and may "
                                                 "be read by this user");
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  if (text.empty())
    throw ClientError(reason::configuration, "the password file " + path + " is empty");
  return text;
}

}  // namespace postflight
