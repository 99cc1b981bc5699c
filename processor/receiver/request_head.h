// What a request's line and headers say, before its body comes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/receiver/body_room.h"
#include "processor/receiver/post_handler.h"

struct MHD_Connection;

namespace leadpulse::receiver {

// Empty where there is none of that name.
std::string HeaderOf(MHD_Connection* connection, const char* name);
std::vector<webhooks::Header> HeadersOf(MHD_Connection* connection);

// What can be said of a request by these alone; nothing: its body may come.
std::optional<PostAnswer> AnswerToHead(MHD_Connection* connection, bool path_is_known, std::string_view method,
                                       bool stopping, const BodyLimits& limits);
// To a body that was not taken.
PostAnswer RefusalOf(GatheredBody::Taken taken, const BodyLimits& limits);

}  // namespace leadpulse::receiver
