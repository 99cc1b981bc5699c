#include "processor/serve/api/hooks/webhook_payload.h"

#include <algorithm>
#include <string_view>
#include <variant>

#include "absl/strings/escaping.h"
#include "processor/base/json.h"
#include "processor/base/json_object.h"
#include "processor/serve/access/secrets.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/row_fields.h"

namespace leadpulse::serve {
namespace {

constexpr size_t kMessageIdBytes = 16;

// The members of a contact in a post, in snake_case.
constexpr char kContactMembers[] =
    "id,email,score,tier,email_status,sendable,do_not_contact,stage,status,quality,qualification,agent,segments,lists,"
    "tags,campaigns,topics_out,consents,profile,counts,last_at,created,updated,version";
// Objects whose members have the names that tenants or senders gave them.
constexpr std::string_view kNamedByOthers[] = {"profile", "consents", "counts", "lastAt"};

void AppendSnake(const Json& value, std::string* out) {
  if (value.is_array())
    return AppendJsonArray(value.elements(), out, [out](const Json& one) { AppendSnake(one, out); });
  if (!value.is_object()) return value.AppendTo(out);
  JsonObject object(out);
  for (const auto& [name, member] : value.members()) {
    std::string* const to = object.Key(SnakeCase(name));
    std::ranges::find(kNamedByOthers, name) == std::end(kNamedByOthers) ? AppendSnake(member, to) : member.AppendTo(to);
  }
}

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
  for (const auto& [name, value] : line.members()) AppendSnake(value, data.Key(SnakeCase(name)));
  if (has_contact) AppendSnake(whole, data.Key("contact"));
  data.End();
  post.End();
  return body;
}

}  // namespace leadpulse::serve
