#pragma once

#include <string>

namespace postflight::world {

// How an answer is wanted, from an Accept header.
enum class Form { plain, table, metadata_only };

// The first form in the header that this server can give. Throws Refusal (406) when there is none.
Form accepted_form(const std::string& accept);

// Turns the JSON of an object or a list into that form. `resource` decides a table's columns.
std::string in_form(Form form, const std::string& resource, std::string json);

}  // namespace postflight::world
