// Ids made of what a record says, so that the same said again is known again. Thread-safe.
//
// Never change what they are made of: files imported again would count twice.
#pragma once

#include <string>

#include "schemas/codec/records.h"

namespace leadpulse::importing {

// Of who, when (issued_at), and what it does. The file's name and the row's place are no part of it.
std::string CommandId(const codec::Command& command);

// Of who, when, and what happened with all that tells it apart.
std::string EventId(const codec::Event& event);

}  // namespace leadpulse::importing
