#pragma once

#include <string>

namespace postflight::test {

// A real PostgreSQL of one's own: data in a temporary folder, listening on 127.0.0.1 at a port the
// system chose and on a socket in that folder. It ends, folder and all, with this object, and also
// when the process that made it is killed. As root it runs as the user "postgres", since the
// server refuses root.
class PostgresServer {
 public:
  // Returns when it answers, which takes a second or two. Throws std::runtime_error with the
  // server's own words when it does not start within a minute.
  PostgresServer();
  // A hot standby that follows another one, and ends before it.
  struct StandbyOf {
    const PostgresServer& primary;
  };
  explicit PostgresServer(StandbyOf of);
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // False where PostgreSQL's server programs are not installed.
  static bool is_installed();

  int port() const { return port_; }
  const std::string& socket_folder() const { return folder_; }
  // Of the superuser "postgres"; other users are made with execute().
  const std::string& password() const { return password_; }
  // One URL that connects: postgresql://postgres:<password>@127.0.0.1:<port>/<database>
  std::string url(const std::string& database = "postgres") const;
  // The same for another user, without a password.
  std::string url_of(const std::string& user, const std::string& database = "postgres") const;

  // Runs statements as the superuser, outside of a transaction. Throws what the server says.
  void execute(const std::string& sql, const std::string& database = "postgres") const;
  // The one value that a query gives; empty for NULL.
  std::string value(const std::string& sql, const std::string& database = "postgres") const;

 private:
  void make_folder();
  void start_or_throw(const std::string& primary_port);
  std::string start(const std::string& primary_port);  // what the supervisor answered
  void stop();
  void remove_folder() const;

  std::string folder_;
  std::string password_;
  int port_ = 0;
  int supervisor_ = -1;  // process id
  int alive_ = -1;       // the supervisor ends the server when this end of a pipe closes
};

}  // namespace postflight::test
