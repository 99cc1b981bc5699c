// Unsubscribe links: `/u/TOKEN`, for the header List-Unsubscribe and the end of a mail.
//
// GET shows a page with buttons and changes nothing, because scanners follow links. POST opts the person out: with the
// body of RFC 8058 (`List-Unsubscribe=One-Click`) of the link's topic or of everything, with the fields of
// unsubscribe_page.h of what they say. The token is sealed (link_keys.h): it shows nothing and cannot be made by
// others. An opt-out is an UNSUBSCRIBE event of the contact and of the address that the link was made for, in the
// front's inbox; a topic that is switched on again is a RESUBSCRIBE. Nobody needs to log in.
//
// The answer to a click has a button that takes just this click back, for an hour: a RETRACT, which leaves what was so
// before the click as it was.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/clock.h"
#include "processor/http/handler.h"
#include "processor/serve/access/link_keys.h"
#include "processor/serve/access/rate_limiter.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/writes/inbox.h"
#include "processor/serve/runs/run_client.h"
#include "schemas/codec/record_sink.h"

namespace leadpulse::serve {

inline constexpr std::string_view kLinkPath = "/u/";

// The content of a link.
struct LinkContent {
  std::string tenant;
  std::string lead;
  std::string topic;  // empty: everything
  std::string
      address;  // that the mail goes to, normalised; empty: the lead has none, or the link is of an older version
  friend bool operator==(const LinkContent&, const LinkContent&) = default;
};
// Makes a link `/u/TOKEN`. The texts have no NUL.
std::string MakeLink(const LinkContent& content, const access::LinkKeys& keys);
// Reads a link. `token` is the text after kLinkPath. nullopt if no key of this front made it.
std::optional<LinkContent> ReadLink(std::string_view token, const access::LinkKeys& keys);

// The pages behind unsubscribe links. Thread-safe.
class Unsubscribe {
 public:
  // Keeps the arguments, which must outlive this.
  Unsubscribe(const access::LinkKeys* keys, RunClient* run, codec::RecordSink* inbox, InboxCheck* inbox_check,
              access::RateLimiter* limiter, const Clock* clock)
      : keys_(*keys), run_(*run), inbox_(*inbox), inbox_check_(*inbox_check), limiter_(*limiter), clock_(*clock) {}

  // Shows the page of a link. This and Post ask the run, so call them on a thread that may wait.
  http::Response Page(std::string_view token);
  // Calls `respond` once: when what it asks for is durable, or with 503, so that the sender tries again.
  void Post(std::string_view token, std::string_view body, std::string_view content_type, const Respond& respond);

 private:
  // Asks the run about a lead; nullopt if it does not answer.
  std::optional<v1::OptOut> Ask(const std::string& tenant, const std::string& lead);
  std::optional<http::Response> Limit(const LinkContent& link, access::RequestClass kind);
  // Asks about whom the pages of a link are: who has the address that got the mail, if the lead has moved on.
  std::optional<v1::OptOut> AskAboutReader(const LinkContent& link, const std::optional<v1::OptOut>& of_lead);
  // Returns a token that TakeBack reads; empty if the records cannot be taken back.
  std::string UndoOf(const LinkContent& link, const std::vector<codec::Record>& records) const;
  void TakeBack(const LinkContent& link, std::string_view undo, const Respond& respond);
  // Answers `done` once the records are durable.
  void Store(const std::vector<codec::Record>& records, const http::Response& done, const Respond& respond);

  const access::LinkKeys& keys_;
  RunClient& run_;
  codec::RecordSink& inbox_;
  InboxCheck& inbox_check_;
  access::RateLimiter& limiter_;
  const Clock& clock_;
};

}  // namespace leadpulse::serve
