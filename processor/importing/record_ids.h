// Makes ids from the content of records, so that a repeated record is recognised. Thread-safe.
//
// Never change what the ids are made of: files imported again would count twice.
#pragma once

#include <string>

#include "schemas/codec/records.h"

namespace leadpulse::importing {

// Makes an id from lead, time (issued_at) and action. The file's name and the row's number are not part of it.
std::string CommandId(const codec::Command& command);

// Makes an id from lead, time, type and all fields that distinguish the event. The address is part of it only with
// `of_address`, for a lead with several addresses that have the same event.
std::string EventId(const codec::Event& event, bool of_address = false);

}  // namespace leadpulse::importing
