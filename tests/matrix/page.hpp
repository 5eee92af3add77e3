#pragma once

#include <string>
#include <vector>

#include "tests/matrix/cell.hpp"

namespace postflight::matrix {

// docs/verdict-matrix.md: a beginning with the totals, then a section for each family.
// UPDATE_GOLDEN=1 writes what was found into it.

// The section of a family, its markers included.
std::string section_of(const Family& family, const std::vector<Cell>& cells);

// Without the seconds of the cells: they are the machine's, and differ from run to run.
std::string without_seconds(std::string section);

// The same section as it stands in the page; empty when there is none. With UPDATE_GOLDEN=1 `found`
// is put in its place first, and the totals are made anew.
std::string section_in_page(const std::string& name, const std::string& found);

// The page's beginning, as it stands there and as the sections' counts make it.
std::string beginning_in_page();
std::string beginning_from_sections();

}  // namespace postflight::matrix
