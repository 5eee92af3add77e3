#pragma once

#include <string>
#include <vector>

#include "runner/redactor.hpp"

namespace postflight {

// A copy of the arguments. In the process's own, which every user of the machine can read with ps,
// the values of --set and credentials in URLs are then overwritten.
std::vector<std::string> take_arguments(int argc, char** argv);

// No core file, which would hold every secret; and when the program ends by an exception that
// nobody caught, only its type is said, as its words may hold one.
void keep_secrets_in_a_crash();

// Registers what is a secret by its place: variables of our environment whose names tell
// (PGPASSWORD, VAULT_TOKEN), passwords in URLs there, and in libpq's password file.
void learn_own_secrets(Redactor& redactor);

}  // namespace postflight
