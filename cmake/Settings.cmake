# How everything is compiled: postflight_settings for all code, postflight_warnings for our own.
add_library(postflight_settings INTERFACE)
add_library(postflight_warnings INTERFACE)

if(POSTFLIGHT_SANITIZE)
  target_compile_options(postflight_settings INTERFACE -fsanitize=${POSTFLIGHT_SANITIZE} -fno-omit-frame-pointer
                                                       -fno-sanitize-recover=all)
  target_link_options(postflight_settings INTERFACE -fsanitize=${POSTFLIGHT_SANITIZE})
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(postflight_settings INTERFACE -ffunction-sections -fdata-sections)
  target_link_options(postflight_settings INTERFACE -Wl,--gc-sections -Wl,--as-needed)
endif()

target_compile_options(postflight_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                                                     -Wold-style-cast -Woverloaded-virtual -Wextra-semi)
# g++ 12 sees uninitialised strings in optimised code where there are none.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(postflight_warnings INTERFACE -Wno-maybe-uninitialized)
endif()
if(POSTFLIGHT_WERROR)
  target_compile_options(postflight_warnings INTERFACE -Werror)
endif()
