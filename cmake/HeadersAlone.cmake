# Every header compiles alone: one that has a .cpp of its name is that file's first include
# (.ci/check-includes sees to it); for the others this writes a file that includes it and nothing
# else, twice, so that a missing `#pragma once` shows.
function(check_headers)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
       ${PROJECT_SOURCE_DIR}/text/*.hpp ${PROJECT_SOURCE_DIR}/runner/*.hpp ${PROJECT_SOURCE_DIR}/clients/*.hpp ${PROJECT_SOURCE_DIR}/checks/*.hpp
       ${PROJECT_SOURCE_DIR}/reports/*.hpp ${PROJECT_SOURCE_DIR}/cli/*.hpp ${PROJECT_SOURCE_DIR}/tests/*.hpp)
  set(units "")
  foreach(header IN LISTS headers)
    string(REGEX REPLACE "\\.hpp$" ".cpp" source "${header}")
    if(NOT EXISTS ${PROJECT_SOURCE_DIR}/${source})
      set(unit ${PROJECT_BINARY_DIR}/generated/headers/${source})
      file(CONFIGURE OUTPUT ${unit} CONTENT "#include \"${header}\"\n#include \"${header}\"\n")
      list(APPEND units ${unit})
    endif()
  endforeach()
  if(NOT units)
    message(FATAL_ERROR "check_headers found no header: it looked at nothing")
  endif()
  add_library(check_headers OBJECT ${units})
  target_link_libraries(check_headers PRIVATE ${ARGN} postflight_warnings)
endfunction()
