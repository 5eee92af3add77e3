#include "tests/support/postgres_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <pqxx/pqxx>
#include <stdexcept>
#include <vector>

namespace postflight::test {
namespace {

// Starts the server, says "ready", waits until its input ends, then stops the server and removes
// the folder. $1 programs, $2 folder, $3 port, $4 password, $5 port of the primary of a standby.
constexpr auto supervise = R"sh(
as_postgres() {
  if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi
}
cd "$2" || exit 1
if [ "$(id -u)" = 0 ]; then chown postgres "$2" || exit 1; fi
if [ -n "$5" ] && [ ! -d data ]; then
  PGPASSWORD="$4" as_postgres "$1/pg_basebackup" -h 127.0.0.1 -p "$5" -U postgres -D data -R -c fast --no-sync \
    > log 2>&1 || { cat log; exit 1; }
fi
if [ ! -d data ] && [ -d "$6" ]; then cp -a "$6" data 2> log || rm -rf data; fi
if [ ! -d data ]; then
  printf '%s' "$4" > password && chmod 644 password
  as_postgres "$1/initdb" -D data -U postgres --auth=scram-sha-256 --pwfile=password --no-sync \
    --no-instructions -E UTF8 --locale=C.UTF-8 > log 2>&1 || { cat log; exit 1; }
  # Of two who make it at once the first wins.
  cp -a data "$6.$$" && { mv -nT "$6.$$" "$6"; rm -rf "$6.$$"; }
fi
as_postgres "$1/pg_ctl" start -s -w -t 50 -D data -l server.log -o "-p $3 -c listen_addresses=127.0.0.1 \
  -c unix_socket_directories=$2 -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
  -c shared_buffers=16MB -c max_connections=60 -c wal_keep_size=128MB -c autovacuum=off -c lc_messages=C" \
  > log 2>&1 < /dev/null || { cat log server.log; exit 1; }
echo ready
cat > /dev/null
as_postgres "$1/pg_ctl" stop -s -m immediate -D data > /dev/null 2>&1
cd / && rm -rf "$2"
)sh";

std::string programs() {
  namespace fs = std::filesystem;
  std::string newest;
  for (const auto* root : {"/usr/lib/postgresql", "/usr/pgsql"}) {
    std::error_code error;
    for (const auto& version : fs::directory_iterator(root, error)) {
      const auto folder = version.path() / "bin";
      if (fs::exists(folder / "pg_ctl", error) && folder.string() > newest)
        newest = folder.string();
    }
  }
  return newest;
}

// One for each version: /usr/lib/postgresql/15/bin.
std::string fresh_files() {
  return POSTGRES_FRESH_FILES "-" +
         std::filesystem::path(programs()).parent_path().filename().string();
}

int free_port() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const bool bound =
      ::bind(listener, generic, size) == 0 && ::getsockname(listener, generic, &size) == 0;
  ::close(listener);
  if (!bound) throw std::runtime_error("no free port on 127.0.0.1");
  return ntohs(address.sin_port);
}

// What the supervisor says, up to "ready" or its end; a minute at most.
std::string read_answer(int from) {
  std::string text;
  char buffer[4096];
  pollfd waiting{from, POLLIN, 0};
  while (text != "ready\n" && ::poll(&waiting, 1, 60'000) > 0) {
    const auto count = ::read(from, buffer, sizeof buffer);
    if (count <= 0) break;
    text.append(buffer, static_cast<std::size_t>(count));
  }
  return text;
}

}  // namespace

bool PostgresServer::is_installed() { return !programs().empty(); }

PostgresServer::PostgresServer() {
  make_folder();
  password_ = "secret-of-postflight-pg";
  start_or_throw("");
}

PostgresServer::PostgresServer(StandbyOf of) : password_(of.primary.password_) {
  make_folder();
  start_or_throw(std::to_string(of.primary.port_));
}

void PostgresServer::make_folder() {
  if (!is_installed()) throw std::runtime_error("PostgreSQL's server is not installed");
  auto pattern = (std::filesystem::temp_directory_path() / "postflight-pg-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error("no temporary folder for PostgreSQL");
  folder_ = pattern;
}

void PostgresServer::start_or_throw(const std::string& primary_port) {
  std::string answer;
  // Somebody else may take the free port before the server does.
  for (int attempt = 0; attempt < 3; ++attempt) {
    answer = start(primary_port);
    if (answer == "ready\n") return;
    stop();
    if (answer.find("in use") == std::string::npos) break;
  }
  remove_folder();
  throw std::runtime_error("PostgreSQL did not start: " + answer);
}

PostgresServer::~PostgresServer() {
  stop();
  remove_folder();
}

std::string PostgresServer::start(const std::string& primary_port) {
  port_ = free_port();
  int input[2], output[2];
  if (::pipe2(input, O_CLOEXEC) != 0 || ::pipe2(output, O_CLOEXEC) != 0)
    throw std::runtime_error("no pipe for PostgreSQL");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  // A process group of its own: an interrupt at the terminal is ours to handle, not the server's.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  std::vector<std::string> arguments{"sh",
                                     "-c",
                                     supervise,
                                     "postgres-server",
                                     programs(),
                                     folder_,
                                     std::to_string(port_),
                                     password_,
                                     primary_port,
                                     fresh_files()};
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const int error =
      ::posix_spawn(&supervisor_, "/bin/sh", &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  ::close(input[0]);
  ::close(output[1]);
  alive_ = input[1];
  const auto answer = error == 0 ? read_answer(output[0]) : std::string("no shell");
  ::close(output[0]);
  return answer;
}

void PostgresServer::stop() {
  if (alive_ >= 0) ::close(alive_);
  if (supervisor_ > 0) ::waitpid(supervisor_, nullptr, 0);
  alive_ = supervisor_ = -1;
}

void PostgresServer::remove_folder() const {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string PostgresServer::url(const std::string& database) const {
  return "postgresql://postgres:" + password_ + "@127.0.0.1:" + std::to_string(port_) + "/" +
         database;
}

std::string PostgresServer::url_of(const std::string& user, const std::string& database) const {
  return "postgresql://" + user + "@127.0.0.1:" + std::to_string(port_) + "/" + database;
}

void PostgresServer::execute(const std::string& sql, const std::string& database) const {
  pqxx::connection connection(url(database));
  pqxx::nontransaction(connection).exec(sql);
}

std::string PostgresServer::value(const std::string& sql, const std::string& database) const {
  pqxx::connection connection(url(database));
  pqxx::nontransaction transaction(connection);
  const auto rows = transaction.exec(sql);
  if (rows.size() != 1) throw std::runtime_error("not one row: " + sql);
  return rows[0][0].is_null() ? "" : rows[0][0].c_str();
}

}  // namespace postflight::test
