#include "processor/http/listening_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "processor/base/file_descriptor.h"
#include "processor/base/file_modes.h"

namespace leadpulse::http {
namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

std::optional<SocketAddress> ParseAddress(const std::string& text, uint16_t port) {
  SocketAddress address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size = sizeof *v4;
  } else if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.size = sizeof *v6;
  } else {
    return std::nullopt;
  }
  return address;
}

uint16_t PortOf(int descriptor) {
  SocketAddress address;
  address.size = sizeof address.storage;
  if (getsockname(descriptor, address.get(), &address.size) != 0) return 0;
  // The port is at the same offset in both families.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_port);
}

std::string Explain(int error) {
  switch (error) {
    case EADDRINUSE:
      return "another program has the port; choose another one (0 takes any that is free)";
    case EADDRNOTAVAIL:
      return "this machine does not have the address";
    case EACCES:
      return "the port is not for ordinary users; choose one above 1023, or give the process the right to it "
             "(CAP_NET_BIND_SERVICE)";
    default:
      return strerror(error);
  }
}

Status CannotListen(const std::string& address, uint16_t port, const std::string& why) {
  const std::string host = address.find(':') == std::string::npos ? address : "[" + address + "]";
  return Status::Rejected("cannot listen on " + host + ":" + std::to_string(port) + ": " + why);
}

Status NoAddress(const std::string& address, uint16_t port) {
  return CannotListen(address, port, "that is no address, such as 127.0.0.1 or ::1");
}

}  // namespace

Status CheckMayListen(const std::string& address, uint16_t port) {
  std::optional<SocketAddress> parsed = ParseAddress(address, port);
  if (!parsed) return NoAddress(address, port);
  const FileDescriptor tried(socket(parsed->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!tried.is_open()) return Status::Ok();
  const bool forbidden = bind(tried.get(), parsed->get(), parsed->size) != 0 && errno == EACCES;
  return forbidden ? CannotListen(address, port, Explain(EACCES)) : Status::Ok();
}

Result<ListeningSocket> ListenOn(const std::string& address, uint16_t port) {
  std::optional<SocketAddress> parsed = ParseAddress(address, port);
  if (!parsed) return NoAddress(address, port);
  FileDescriptor opened(socket(parsed->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!opened.is_open()) return CannotListen(address, port, Explain(errno));
  // Closing connections of the last run do not block the port.
  const int on = 1;
  setsockopt(opened.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(opened.get(), parsed->get(), parsed->size) != 0 || listen(opened.get(), SOMAXCONN) != 0) {
    return CannotListen(address, port, Explain(errno));
  }
  const uint16_t actual = PortOf(opened.get());
  return ListeningSocket{opened.Release(), actual};
}

Result<ListeningSocket> ListenOnPath(const std::string& path) {
  const auto failed = [&path](const std::string& why) {
    return Status::Rejected("cannot listen on the socket " + path + ": " + why);
  };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return failed("a path of at most " + std::to_string(sizeof address.sun_path - 1) +
                  " bytes can be listened on; give the state a directory with a shorter name");
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  FileDescriptor opened(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!opened.is_open()) return failed(strerror(errno));
  unlink(path.c_str());
  // On Linux the file gets the descriptor's mode, so that other users can never connect.
  if (fchmod(opened.get(), kPrivateFile) != 0 ||
      bind(opened.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(opened.get(), SOMAXCONN) != 0) {
    return failed(strerror(errno));
  }
  return ListeningSocket{opened.Release(), 0};
}

}  // namespace leadpulse::http
