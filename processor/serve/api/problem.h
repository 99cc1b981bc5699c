// Answers of the API that are errors: RFC 9457.
#pragma once

#include <string_view>

#include "processor/base/status.h"
#include "processor/http/handler.h"
#include "processor/serve/api/run_client.h"

namespace leadpulse::serve {

// `code` is for programs, `detail` a sentence for people; `field` is the parameter at fault, empty: none. `member` and
// `json`: one more member and its value; empty: none.
http::Answer Problem(unsigned int status, std::string_view code, std::string_view detail, std::string_view field = {},
                     std::string_view member = {}, std::string_view json = {});

// No run answers, or not with what was asked.
http::Answer Unavailable();
// An answer of the HTTP server, whose body is a sentence, as a problem.
http::Answer ProblemOf(const http::Answer& refusal);
// Logs an error that the client must not see, at most once in ten seconds.
void LogFailure(const Status& status);
// Logs it likewise, and answers 503 without it.
http::Answer Failed(const Status& status);
http::Answer NoSuchContact();
// What the run said of the query, or that it is unavailable.
http::Answer RefusedByRun(const RunRefusal& refusal);
// 429 with Retry-After.
http::Answer TooManyRequests(std::string_view detail, int64_t seconds);
// 422: a member of the body.
http::Answer WrongMember(std::string_view field, std::string_view detail);
// Of the header Idempotency-Key.
http::Answer WrongKey();
http::Answer KeyReused();
// Of the parameter `limit`.
http::Answer WrongLimit();

}  // namespace leadpulse::serve
