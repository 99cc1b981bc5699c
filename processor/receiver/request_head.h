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

// The path with its escapes undone. Nothing: one of them is no escape, or stands for a NUL or a slash, which a proxy in
// front may read as another path than we do.
std::optional<std::string> DecodedPath(std::string_view raw);

// Why nobody can say for sure where the request's body ends (RFC 9112 §6.3 and §11.2): with another answer a proxy
// in front would take the body's end for the next request. Nothing: it is sure.
std::optional<PostAnswer> RefusalOfFraming(MHD_Connection* connection, std::string_view version);

// What can be said of a request by these alone; nothing: its body may come, with at most `max_body_bytes`.
std::optional<PostAnswer> AnswerToHead(MHD_Connection* connection, bool path_is_known, std::string_view method,
                                       bool stopping, size_t max_body_bytes);
// To a body that was not taken.
PostAnswer RefusalOf(GatheredBody::Taken taken, size_t max_body_bytes);

}  // namespace leadpulse::receiver
