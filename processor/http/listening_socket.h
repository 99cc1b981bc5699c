// Opens a listening socket. Errors say what is wrong with the address.
#pragma once

#include <cstdint>
#include <string>

#include "processor/base/status.h"

namespace leadpulse::http {

struct ListeningSocket {
  int descriptor = -1;  // non-blocking; the caller closes it
  uint16_t port = 0;    // the actual one, if port 0 was requested; 0 for a Unix socket
};

// Opens a socket that listens on `address`, a numeric IPv4 or IPv6 address; port 0 means any free port.
Result<ListeningSocket> ListenOn(const std::string& address, uint16_t port);

// Opens a Unix socket that only this user may connect to. Replaces the socket of an earlier process: the caller
// must know that no other process listens at `path`. Rejected if the path is too long, or its folder is missing.
Result<ListeningSocket> ListenOnPath(const std::string& path);

// Checks an address before the process does anything else. Rejected if the process can never listen there: the address
// is invalid, or the port needs a privilege. If another process uses the port, only ListenOn reports it.
Status CheckMayListen(const std::string& address, uint16_t port);

}  // namespace leadpulse::http
