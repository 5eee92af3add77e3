# Everything comes from the system's packages (scripts/setup installs them); nothing is downloaded.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(pugixml REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(simdjson REQUIRED)
find_package(ZLIB REQUIRED)
pkg_check_modules(PQXX REQUIRED IMPORTED_TARGET libpqxx>=6.4)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
add_library(re2::re2 ALIAS PkgConfig::RE2)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares>=1.18)
find_package(OpenSSL 3 REQUIRED)

# Pod exec is a WebSocket: libcurl speaks it since 8.11, unless it was built without.
find_package(CURL REQUIRED)
find_program(CURL_CONFIG curl-config)
if(CURL_CONFIG)
  execute_process(COMMAND ${CURL_CONFIG} --protocols OUTPUT_VARIABLE curl_protocols)
endif()
if(CURL_VERSION_STRING VERSION_LESS 8.11 OR NOT curl_protocols MATCHES "WSS")
  message(FATAL_ERROR "postflight needs libcurl 8.11 or newer with WebSocket; found ${CURL_VERSION_STRING} with "
                      "protocols: ${curl_protocols}\nOn Debian 12 it is in bookworm-backports. Run scripts/setup: it installs it.")
endif()

# Debian's libjq brings neither a pkg-config nor a CMake file.
find_path(JQ_INCLUDE_DIR jq.h REQUIRED)
find_library(JQ_LIBRARY jq REQUIRED)
add_library(postflight_jq INTERFACE)
target_include_directories(postflight_jq SYSTEM INTERFACE ${JQ_INCLUDE_DIR})
target_link_libraries(postflight_jq INTERFACE ${JQ_LIBRARY})
