// Queries to a run: any bytes give an answer or a refusal, never a failure, and the same one with and without the index
// and through a front of several runs. The cursor of an answer is accepted. Whatever an agent asks, the answer has
// nothing about leads of another agent or tenant, or about erased ones.
//
// The first byte chooses the query, the rest is its body.
#include <cstddef>
#include <cstdint>
#include <future>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/assert.h"
#include "processor/base/clock.h"
#include "processor/pipeline/change_feed.h"
#include "processor/serve/queries/cursor.h"
#include "processor/serve/queries/query_service.h"
#include "processor/serve/queries/recent_erasures.h"
#include "schemas/codec/protobuf_log.h"
#include "tests/support/queried_store.h"

namespace leadpulse::serve {
namespace {

constexpr char kDefinitions[] = R"(
tenants:
  acme:
    identity: {by_email: true}
    fields: {industry: text, employees: number}
    topics: [{id: news, name: News}]
    scoring: {rules: [{event: open, points: 2, expires_after: 20d}]}
    tiers: [{name: hot, at_least: 2}, {name: cold}]
    segments: [{id: openers, rule: 'DID open'}, {id: saas, rule: 'industry IS "SaaS"'}]
)";
// A word in every text of the leads that the agent must not see.
constexpr std::string_view kSecret = "hidden";
constexpr char kAgent[] = "ben";

std::string Command(const std::string& tenant, const std::string& lead, const std::string& action) {
  static int number = 0;
  return R"({"command":{"tenantId":")" + tenant + R"(","leadId":")" + lead + R"(","commandId":"c)" +
         std::to_string(++number) + R"(","actor":"test","issuedAt":"2026-03-01T09:00:00Z",)" + action + "}}";
}

std::string Event(const std::string& tenant, const std::string& lead, const std::string& campaign) {
  return R"({"event":{"tenantId":")" + tenant + R"(","leadId":")" + lead + R"(","eventId":"e-)" + lead +
         R"(","type":"OPEN","occurredAt":"2026-03-02T09:00:00Z","campaignId":")" + campaign + "\"}}";
}

std::unique_ptr<state::LeadStore> MakeLeads() {
  const std::string email = R"("updateProfile":{"set":{"email":"ann@x.org","industry":"SaaS","name":"Ann"}})";
  const std::string secret = R"("updateProfile":{"set":{"industry":"hidden","name":"hidden","email":"hidden@x.org"}})";
  const std::string tags = R"("editTags":{"add":["hidden"]})";
  std::vector<std::string> records = {
      Command("acme", "ann", email),       Command("acme", "ann", R"("assignAgent":{"agentId":"ben"})"),
      Event("acme", "ann", "spring"),      Command("acme", "bob", email),
      Command("acme", "hidden-1", secret), Command("acme", "hidden-1", R"("assignAgent":{"agentId":"cid"})"),
      Command("acme", "hidden-1", tags),   Event("acme", "hidden-1", "hidden"),
      Command("blue", "hidden-2", secret), Event("blue", "hidden-2", "hidden")};
  for (int i = 0; i < 8; ++i) records.push_back(Event("acme", "lead-" + std::to_string(i), "spring"));
  return testing::MakeQueriedStore(kDefinitions, records, {{"acme", "hidden-3"}}, 3);
}

// Two services over the same leads, one with an index and one without.
struct World {
  std::unique_ptr<state::LeadStore> store = MakeLeads();
  SystemClock clock;
  pipeline::ChangeFeed feed{pipeline::FeedLimits()};
  LeadIndex index{LeadIndexOptions{}};
  RecentErasures erasures;
  QueryService indexed{{store.get(), nullptr, &feed, &erasures, &index, nullptr, &clock}};
  QueryService plain{{store.get(), nullptr, &feed, &erasures, nullptr, nullptr, &clock}};

  World() {
    codec::QuietProtobuf();
    index.Start(store.get(), &clock);
  }
  ~World() {
    indexed.Stop();
    plain.Stop();
    index.Stop();
  }
};

http::Response Ask(QueryService* service, const std::string& path, const std::string& body) {
  std::promise<http::Response> promise;
  http::Request request;
  request.method = "POST";
  request.path = path;
  request.body = body;
  if (auto refused = service->CheckHead(request).answer) return *std::move(refused);
  service->Handle(request, [&promise](http::Response answer) { promise.set_value(std::move(answer)); });
  return promise.get_future().get();
}

bool IsAnswerOrRefusal(unsigned int code) {
  return code == http::kOk || code == http::kBadRequest || code == http::kNotFound || code == http::kGone;
}

// Asks the service in each way, checks that the answers are equal, and returns them.
http::Response AskInEachWay(World* world, const std::string& path, const std::string& body) {
  http::Response answer = Ask(&world->plain, path, body);
  LP_ASSERT(IsAnswerOrRefusal(answer.code));
  const http::Response indexed = Ask(&world->indexed, path, body);
  LP_ASSERT(indexed.code == answer.code && indexed.body == answer.body);
  v1::PartitionQuery asked;
  asked.set_path(path);
  asked.set_query(body);
  const http::Response wrapped = Ask(&world->indexed, "/partitions/ask", asked.SerializeAsString());
  v1::PartitionAnswer of_partitions;
  LP_ASSERT(wrapped.code == http::kOk && of_partitions.ParseFromString(wrapped.body));
  LP_ASSERT(of_partitions.status() == answer.code && of_partitions.answer() == answer.body);
  LP_ASSERT(of_partitions.used_by().empty() && of_partitions.mailbox().empty());
  return answer;
}

// Makes a cursor from the bytes, so that queries also start at places that no answer has.
template <typename Request>
void PlaceCursor(Request* request) {
  v1::CursorPlace place;
  if (request->cursor().empty() || !place.ParseFromString(request->cursor())) return;
  if constexpr (std::is_same_v<Request, v1::FindLeads>) {
    request->set_cursor(WriteCursor(place, *request));
  } else {
    request->set_cursor(WriteCursor(place, QueryWithoutPage(*request)));
  }
}

// Sends the query as the agent.
template <typename Request, typename Answer>
void AskAsAgent(World* world, const std::string& path, const std::string& body) {
  Request request;
  if (!request.ParseFromString(body)) return;
  request.mutable_caller()->set_tenant_id("acme");
  request.mutable_caller()->set_agent_id(kAgent);
  if constexpr (requires { request.set_cursor(""); }) PlaceCursor(&request);
  const std::string asked = request.SerializeAsString();
  const http::Response answer = AskInEachWay(world, path, asked);
  if (asked.find(kSecret) == std::string::npos) LP_ASSERT(answer.body.find(kSecret) == std::string::npos);
  Answer found;
  if (answer.code != http::kOk) return;
  LP_ASSERT(found.ParseFromString(answer.body));
  if constexpr (requires { request.set_cursor(found.cursor()); }) {
    if (found.cursor().empty()) return;
    request.set_cursor(found.cursor());
    LP_ASSERT(AskInEachWay(world, path, request.SerializeAsString()).code == http::kOk);
  }
}

struct Query {
  const char* path;
  void (*ask_as_agent)(World* world, const std::string& path, const std::string& body);  // null: another kind
};
constexpr Query kQueries[] = {{"/leads/get", AskAsAgent<v1::GetLead, v1::LeadAnswer>},
                              {"/leads/find", AskAsAgent<v1::FindLeads, v1::FoundLeads>},
                              {"/leads/explain", AskAsAgent<v1::ExplainLead, v1::Explanation>},
                              {"/leads/timeline", AskAsAgent<v1::GetTimeline, v1::Timeline>},
                              {"/leads/page", AskAsAgent<v1::GetLeadPage, v1::LeadPage>},
                              {"/leads/export", AskAsAgent<v1::ExportLead, v1::LeadDocument>},
                              {"/leads/duplicates", AskAsAgent<v1::FindDuplicates, v1::Duplicates>},
                              {"/leads/count", AskAsAgent<v1::CountLeads, v1::LeadCounts>},
                              {"/leads/names", AskAsAgent<v1::CountNames, v1::NameCounts>},
                              {"/leads/opt-out", AskAsAgent<v1::FindOptOut, v1::OptOut>},
                              {"/leads/pipeline", AskAsAgent<v1::GetPipeline, v1::Pipeline>},
                              {"/segments/preview", AskAsAgent<v1::PreviewSegment, v1::SegmentPreview>},
                              {"/contacts/preview", AskAsAgent<v1::PreviewContacts, v1::ContactOutlooks>},
                              {"/definitions/get", AskAsAgent<v1::GetDefinitions, v1::DefinitionsInForce>},
                              {"/reports/make", AskAsAgent<v1::MakeReport, v1::Report>},
                              {"/records/outcomes", nullptr},
                              {"/changes/read", nullptr},
                              {"/partitions/ask", nullptr},
                              {"/leads/users", AskAsAgent<v1::FindMailboxUsers, v1::MailboxUsers>},
                              {"/leads/sendable", AskAsAgent<v1::FindSendable, v1::SendableLeads>}};

void FuzzQuery(std::string_view bytes) {
  static World world;
  if (bytes.empty()) return;
  const Query& query = kQueries[static_cast<unsigned char>(bytes[0]) % std::size(kQueries)];
  const std::string body(bytes.substr(1));
  if (query.ask_as_agent == nullptr) {
    LP_ASSERT(IsAnswerOrRefusal(Ask(&world.indexed, query.path, body).code));
    return;
  }
  AskInEachWay(&world, query.path, body);
  query.ask_as_agent(&world, query.path, body);
}

}  // namespace
}  // namespace leadpulse::serve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  leadpulse::serve::FuzzQuery({reinterpret_cast<const char*>(data), size});
  return 0;
}
