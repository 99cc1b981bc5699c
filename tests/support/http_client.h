// A client that a test controls byte by byte: well-behaved, slow or hostile.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace leadpulse::testing {

class HttpClient {
 public:
  explicit HttpClient(uint16_t port, int timeout_seconds = 20) : descriptor_(socket(AF_INET, SOCK_STREAM, 0)) {
    timeval timeout{timeout_seconds, 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~HttpClient() { close(descriptor_); }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  bool connected() const { return connected_; }
  // Returns false if the other side does not take all of it.
  bool Send(const std::string& text) {
    size_t sent = 0;
    while (sent < text.size()) {
      const ssize_t count = send(descriptor_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return false;
      sent += static_cast<size_t>(count);
    }
    return true;
  }
  void EndSending() { shutdown(descriptor_, SHUT_WR); }
  // Reads until the other side closes.
  std::string ReadAll() {
    std::string text;
    while (true) {
      char buffer[4096];
      const ssize_t count = recv(descriptor_, buffer, sizeof buffer, 0);
      if (count == 0 || (count < 0 && errno == ECONNRESET)) return text;
      if (count < 0) return text + "(timed out)";
      text.append(buffer, static_cast<size_t>(count));
    }
  }
  // Reads until the bytes since the last call end with `end`. Also returns if the other side closes or sends nothing.
  std::string ReadUntil(const std::string& end) {
    std::string text;
    char byte = 0;
    while (!text.ends_with(end) && recv(descriptor_, &byte, 1, 0) == 1) text += byte;
    return text;
  }

 private:
  int descriptor_;
  bool connected_;
};

// Builds a whole request that closes the connection.
inline std::string PostOf(const std::string& path, const std::string& body, const std::string& headers = "") {
  return "POST " + path +
         " HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         headers + "\r\n" + body;
}

inline std::string Post(uint16_t port, const std::string& path, const std::string& body,
                        const std::string& headers = "") {
  HttpClient client(port);
  client.Send(PostOf(path, body, headers));
  return client.ReadAll();
}

}  // namespace leadpulse::testing
