#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "tests/world/http_server.hpp"

namespace postflight::world {

// Upgrades the connection as `answer` says and runs its loop until either side is gone.
void run_web_socket(boost::asio::io_context& loop,
                    boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream,
                    const boost::beast::http::request<boost::beast::http::string_body>& request,
                    const Answer& answer);

}  // namespace postflight::world
