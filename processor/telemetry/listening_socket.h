// A socket that waits for connections, with errors that name what is wrong with the address.
#pragma once

#include <cstdint>
#include <string>

#include "processor/base/status.h"

namespace leadpulse::telemetry {

struct ListeningSocket {
  int descriptor = -1;  // non-blocking; the caller closes it
  uint16_t port = 0;    // the one it has got, where any was asked for
};

// `address` is IPv4 or IPv6 as digits; port 0: any that is free.
Result<ListeningSocket> ListenOn(const std::string& address, uint16_t port);

// Before anything is begun. Rejected where the process can listen there at no time, whoever has the port now: it is no
// address, or the port takes a right that the process does not have. What may pass is left to ListenOn.
Status CheckMayListen(const std::string& address, uint16_t port);

}  // namespace leadpulse::telemetry
