# How everything is compiled: postflight_settings for all code, postflight_warnings for our own.
add_library(postflight_settings INTERFACE)
add_library(postflight_warnings INTERFACE)
target_compile_options(postflight_settings INTERFACE -pthread)

if(POSTFLIGHT_SANITIZE)
  target_compile_options(postflight_settings INTERFACE -fsanitize=${POSTFLIGHT_SANITIZE} -fno-omit-frame-pointer
                                                       -fno-sanitize-recover=all)
  target_link_options(postflight_settings INTERFACE -fsanitize=${POSTFLIGHT_SANITIZE})
  # What g++ defines, and tests ask.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    if(POSTFLIGHT_SANITIZE MATCHES "address")
      # A fifth of the build, for what AddressSanitizer or the processor sees at once.
      target_compile_options(postflight_settings INTERFACE -fno-sanitize=null,alignment,vptr,object-size)
      target_compile_definitions(postflight_settings INTERFACE __SANITIZE_ADDRESS__=1)
    elseif(POSTFLIGHT_SANITIZE MATCHES "thread")
      target_compile_definitions(postflight_settings INTERFACE __SANITIZE_THREAD__=1)
    endif()
  endif()
  # Part of every program: where its reports go.
  set(reports ${PROJECT_BINARY_DIR}/sanitizer-reports)
  file(MAKE_DIRECTORY ${reports})
  file(CHMOD ${reports} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_WRITE GROUP_EXECUTE
       WORLD_READ WORLD_WRITE WORLD_EXECUTE)
  add_library(postflight_sanitizer_defaults OBJECT ${PROJECT_SOURCE_DIR}/tests/support/sanitizer_defaults.cpp)
  target_compile_definitions(postflight_sanitizer_defaults PRIVATE SANITIZER_REPORTS="${reports}")
endif()
# What libFuzzer steers by, in the product alone; harmless in programs that are not its targets.
add_library(postflight_coverage INTERFACE)
if(POSTFLIGHT_FUZZ)
  target_compile_options(postflight_coverage INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  # -O3 makes a sixth more of it, and nothing faster: the work is done in the libraries.
  target_compile_options(postflight_settings INTERFACE -O2 -ffunction-sections -fdata-sections)
  target_link_options(postflight_settings INTERFACE -Wl,--gc-sections -Wl,--as-needed)
endif()

# g++ judges, in the dev preset; clang is here for its sanitizers, and disagrees about shadows and
# about what libstdc++ deprecates.
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(postflight_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                                                     -Wold-style-cast -Woverloaded-virtual -Wextra-semi)
endif()
# g++ 12 to 14 see faults in optimised code of libstdc++ and nlohmann-json where there are none.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(postflight_warnings INTERFACE -Wno-maybe-uninitialized -Wno-array-bounds -Wno-restrict)
endif()
if(POSTFLIGHT_WERROR)
  target_compile_options(postflight_warnings INTERFACE -Werror)
endif()
