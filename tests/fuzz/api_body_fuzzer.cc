// Bodies, headers and parameters of the API: any bytes give a command or a problem (RFC 9457). A command has the
// tenant, contact and sender of the request whatever the body says, and the run decodes it from its line unchanged. A
// bulk change is decoded unchanged from what its job stores.
//
// The first line is the kind of the rest: `attributes`, `bulk`, `text`, or the body of an action of routes.h.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "processor/base/assert.h"
#include "processor/base/json.h"
#include "processor/base/text.h"
#include "processor/serve/api/jobs/bulk_job.h"
#include "processor/serve/api/request/contact_body.h"
#include "processor/serve/api/request/row_fields.h"
#include "processor/serve/api/request/write_headers.h"
#include "processor/serve/api/writes/contact_edit.h"
#include "processor/serve/api/writes/inbox.h"
#include "processor/serve/api/writes/topic_change.h"
#include "schemas/codec/input_writer.h"
#include "schemas/codec/record_decoder.h"

namespace leadpulse::serve {
namespace {

const CommandHead kHead{"acme", "ann", "key-1", "token:1", "", Instant{1'772'323'200'000}};

void CheckProblem(const http::Response& problem) {
  LP_ASSERT(problem.code >= http::kBadRequest && problem.code < http::kInternalError);
  LP_ASSERT(IsUtf8(problem.body));
  const Result<Json> json = Json::Parse(problem.body);
  LP_ASSERT(json.ok() && (*json)["code"].is_string() && !(*json)["code"].text().empty());
}

// Returns the value; checks the problem and returns nullptr if there is none.
template <typename Value>
const Value* Checked(const std::variant<Value, http::Response>& read) {
  if (const auto* problem = std::get_if<http::Response>(&read)) CheckProblem(*problem);
  return std::get_if<Value>(&read);
}

std::string LineOf(const codec::Command& command) {
  std::string line;
  codec::AppendInputJson(command, &line);
  return line;
}

void CheckCommand(std::span<const CommandAction> actions) {
  const auto made = MakeCommand(kHead, actions);
  const codec::Command* command = Checked(made);
  if (command == nullptr) return;
  LP_ASSERT(command->key == (LeadKey{kHead.tenant, kHead.lead}));
  LP_ASSERT(command->command_id == kHead.id && command->actor == kHead.actor && command->issued_at == kHead.at);
  LP_ASSERT(command->expected_version.empty());
  std::string line = LineOf(*command);
  const codec::Decoded read =
      codec::MakeJsonRecordDecoder()->Decode(std::string_view(line).substr(0, line.size() - 1), {});
  LP_ASSERT(std::holds_alternative<codec::Command>(read) && LineOf(std::get<codec::Command>(read)) == line);
}

void CheckCommand(std::string_view member, std::string_view action) {
  const CommandAction one{std::string(member), std::string(action), ""};
  CheckCommand({&one, 1});
}

void CheckEdit(const ContactEdit& edit) {
  std::vector<CommandAction> actions = edit.members.actions;
  actions.push_back({std::string(kUpdateProfile), R"({"set":)" + edit.attributes + "}", ""});
  CheckCommand(actions);
  for (const CommandAction& more : edit.members.more) CheckCommand({&more, 1});
  for (const TopicChange& change : edit.members.opt_outs) {
    LP_ASSERT(!change.subscribed);
    Checked(TopicEvent({kHead.tenant, kHead.lead}, "ann@x.org", "id", kHead.at, change));
  }
}

void FuzzAttributes(std::string_view body) {
  const auto object = ReadObject(body);
  if (const Json* json = Checked(object)) {
    const auto keys = ReadContactKeys(*json);
    if (const ContactKeys* read = Checked(keys)) {
      LP_ASSERT(!read->id.empty() || !read->address.empty());
      const auto contact = ReadContact(*json, *read, nullptr, access::Role::kManager);
      if (const ContactEdit* edit = Checked(contact)) CheckEdit(*edit);
    }
  }
  static const Json kPresent = *Json::Parse(
      R"({"id":"ann","attributes":{"a":{"sent":{"b":{"c":1}}}},"tags":["a"],"topicsOut":["news"],"emailStatus":"active"})");
  const auto patch = ReadPatch(body, kPresent, access::Role::kManager);
  if (const ContactEdit* edit = Checked(patch)) CheckEdit(*edit);
}

void FuzzRoute(const Route& route, std::string_view body) {
  if (route.kind == RouteKind::kTopic) {
    Checked(ReadTopicChange(route, body));
  } else if (route.kind == RouteKind::kAct) {
    const auto action = ReadAction(route, body);
    if (const std::string* read = Checked(action)) CheckCommand(route.command, *read);
  } else if (route.has_body()) {
    Checked(ReadBody(route, body));
  }
}

void FuzzBulk(std::string_view body) {
  const Result<Json> json = Json::Parse(body);
  if (!json.ok()) return;
  v1::OptOut known;
  known.add_topics()->set_id("news");
  const auto read = ReadBulkAction(*json, known, kHead.at);
  const BulkAction* action = Checked(read);
  if (action == nullptr) return;
  const std::string stored = StoredBulk(*action, {.rule = "score > 1", .ids = {"ann"}});
  const Result<BulkJobRequest> again = ReadStoredBulk(stored);
  LP_ASSERT(again.ok() && again->action.route == action->route);
  LP_ASSERT(StoredBulk(again->action, again->selection) == stored);
  LP_ASSERT(RecordOf(again->action, {"acme", "ann"}, "ann@x.org", "job-1", "token:1", kHead.at).ok());
}

void FuzzTexts(std::string_view text) {
  const auto fields = ReadFields(text);
  if (const auto* names = Checked(fields)) {
    const std::string row =
        WithFields(R"({"id":"ann","score":1,"tags":["a,b"],"profile":{"id":"x","a":"\"}"}})", *names);
    LP_ASSERT(Json::Parse(row).ok());
  }
  const auto wait = WaitOf(text).value_or(std::chrono::seconds(0));
  LP_ASSERT(wait >= std::chrono::seconds(0) && wait <= std::chrono::seconds(30));
  if (const auto expected = ExpectedVersions::Read(text)) {
    LP_ASSERT(expected->ForCommand("").size() <= text.size());
  }
  LP_ASSERT(!IsKey(text) || IsUtf8(text));
  for (const char* inbox : {"/inbox", "lead.commands"}) {
    const auto position = ReadPosition(inbox, text);
    LP_ASSERT(!position || position->offset >= 0);
  }
  for (const char* method : {"GET", "POST", "DELETE"}) {
    const RouteMatch match = FindRoute(method, text);
    LP_ASSERT(match.route == nullptr || match.allowed.empty());
  }
}

}  // namespace
}  // namespace leadpulse::serve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace leadpulse::serve;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line = input.find('\n');
  if (line == std::string_view::npos) return 0;
  const std::string_view what = input.substr(0, line), rest = input.substr(line + 1);
  if (what == "attributes") FuzzAttributes(rest);
  if (what == "bulk") FuzzBulk(rest);
  if (what == "text") FuzzTexts(rest);
  for (const Route& route : Routes()) {
    if (route.action == what) FuzzRoute(route, rest);
  }
  return 0;
}
