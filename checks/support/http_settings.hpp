#pragma once

#include <optional>
#include <string_view>

#include "clients/http.hpp"
#include "clients/url.hpp"
#include "runner/check.hpp"
#include "runner/setting.hpp"

namespace postflight {

// How a URL is asked: every kind that asks one has these settings, beside its `url`.
inline constexpr Setting headers_setting{"headers", SettingType::text_map, "headers to send"};
inline constexpr Setting resolve_setting{
    "resolve", SettingType::text,
    "an address, ip or ip:port, to ask instead of the one the URL's host resolves to: reaches an "
    "edge behind a CDN directly"};
inline constexpr Setting ca_file_setting{
    "ca-file", SettingType::text, "a PEM file of the authorities to trust instead of the system's"};
inline constexpr Setting client_certificate_setting{"client-certificate", SettingType::text,
                                                    "a PEM file with our certificate"};
inline constexpr Setting client_key_setting{"client-key", SettingType::text,
                                            "a PEM file with its key"};
inline constexpr Setting insecure_setting{"insecure", SettingType::flag,
                                          "do not verify the server's certificate", false, "false"};

// Read these settings into a request and report every contradiction. read_url gives the URL taken
// apart, or nothing when it is none.
void read_headers(const Settings& settings, HttpRequest& request);
void read_tls(const Settings& settings, HttpRequest& request);
std::optional<Url> read_url(const Settings& settings, HttpRequest& request);

// For a URL without TLS: what could not do anything is a mistake, not ignored.
void refuse_tls(const Settings& settings, const HttpRequest& request);
void refuse_without_tls(const Settings& settings, std::string_view name);

// Where the server's certificate was not verified, the evidence and a pass say so.
void tell_unverified(const HttpRequest& request, Outcome& outcome);

}  // namespace postflight
