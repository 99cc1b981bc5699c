#include "processor/serve/api/hooks/webhook_payload.h"

#include <string_view>
#include <variant>

#include "absl/strings/escaping.h"
#include "processor/base/json.h"
#include "processor/base/json_object.h"
#include "processor/serve/access/secrets.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/member_names.h"
#include "processor/serve/api/request/row_fields.h"

namespace leadpulse::serve {
namespace {

constexpr size_t kMessageIdBytes = 16;

// The members of a contact in a post.
constexpr char kContactMembers[] =
    "id,email,score,tier,email_status,sendable,do_not_contact,stage,status,quality,qualification,agent,segments,lists,"
    "tags,campaigns,topics_out,consents,profile,counts,last_at,created,updated,version";
// Returns the contact's members; null if it cannot be read.
Json ContactOf(const v1::LeadAnswer& lead) {
  static const RowFields fields = std::get<RowFields>(ReadFields(kContactMembers));
  Result<Json> contact = Json::Parse(WithFields(ContactJson(lead), fields));
  return contact.ok() ? *std::move(contact) : Json();
}

}  // namespace

std::string WebhookMessageId(int64_t webhook, const access::WebhookChange& change) {
  const std::string hash = access::HashOf(std::to_string(webhook) + " " + change.line);
  return "msg_" + absl::BytesToHexString(hash.substr(0, kMessageIdBytes));
}

Result<std::string> WebhookBody(const access::WebhookChange& change, const std::optional<v1::LeadAnswer>& contact,
                                bool has_contact) {
  LP_ASSIGN_OR_RETURN(const Json line, Json::Parse(change.line));
  const Json whole = contact ? ContactOf(*contact) : Json();
  std::string body;
  JsonObject post(&body);
  post.Text("type", change.kind);
  post.Text("timestamp", line["at"].text());
  JsonObject data(post.Key("data"));
  change.lead.empty() ? data.Null("id") : data.Text("id", change.lead);
  whole["email"].AppendTo(data.Key("email"));
  for (const auto& [name, value] : line.members()) value.AppendTo(data.Key(name));
  if (has_contact) whole.AppendTo(data.Key("contact"));
  data.End();
  post.End();
  return WithSnakeNames(body);
}

}  // namespace leadpulse::serve
