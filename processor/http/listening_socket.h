// A socket that waits for connections, with errors that name what is wrong with the address.
#pragma once

#include <cstdint>
#include <string>

#include "processor/base/status.h"

namespace leadpulse::http {

struct ListeningSocket {
  int descriptor = -1;  // non-blocking; the caller closes it
  uint16_t port = 0;    // the actual one, if port 0 was asked for
};

// `address` is IPv4 or IPv6 as digits; port 0: any that is free.
Result<ListeningSocket> ListenOn(const std::string& address, uint16_t port);

// To be asked before the process does anything. Rejected if the process can never listen there: it is no address, or
// the port needs a right that the process does not have. A port that another process has now is left to ListenOn.
Status CheckMayListen(const std::string& address, uint16_t port);

}  // namespace leadpulse::http
