# Writes the list of kinds from the folder: checks/<family>/<name>.cpp defines
#   extern constinit const CheckKind <family>_<name>
# A new file is picked up by the next build; a wrong symbol is a link error that names it.
# checks/support holds what kinds share and defines none.
function(write_check_catalogue target)
  file(GLOB sources CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/checks ${PROJECT_SOURCE_DIR}/checks/*/*.cpp)
  list(FILTER sources EXCLUDE REGEX "^support/")
  list(SORT sources)
  set(declarations "")
  set(entries "")
  foreach(source IN LISTS sources)
    string(REGEX REPLACE "\\.cpp$" "" symbol "${source}")
    string(REPLACE "/" "_" symbol "${symbol}")
    string(APPEND declarations "extern constinit const CheckKind ${symbol};\n")
    string(APPEND entries "    &${symbol},\n")
  endforeach()
  set(written ${PROJECT_BINARY_DIR}/generated/catalogue_list.inc)
  file(CONFIGURE OUTPUT ${written} CONTENT
       "${declarations}\nnamespace {\nconst CheckKind* const kinds[] = {\n${entries}};\n}  // namespace\n")
  target_include_directories(${target} PRIVATE ${PROJECT_BINARY_DIR}/generated)
endfunction()
