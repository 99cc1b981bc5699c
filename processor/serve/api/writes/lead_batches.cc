// Batches of writes: each row goes the way of a single write, but the log of commands is written once for many of them.
//
// Rows about the same contact or address must have the outcomes that they would have one after the other. So a batch
// goes in waves: a row that meets an earlier one waits for the next wave, which begins once all rows of this one have
// their outcomes.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "processor/base/address.h"
#include "processor/base/assert.h"
#include "processor/base/json.h"
#include "processor/base/json_object.h"
#include "processor/serve/api/request/contact_body.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/api/request/row_fields.h"
#include "processor/serve/api/request/write_headers.h"
#include "processor/serve/api/writes/address_check.h"
#include "processor/serve/api/writes/contact_edit.h"
#include "processor/serve/api/writes/inbox.h"
#include "processor/serve/api/writes/lead_task.h"
#include "processor/serve/api/writes/lead_writes.h"

namespace leadpulse::serve {
namespace {

constexpr size_t kMostRows = 1'000;
constexpr char kFirstRow[] = ".0";        // behind the key
constexpr size_t kLongestBatchKey = 124;  // a row's key has up to four more characters

const Route& RouteNamed(std::string_view action) {
  const auto route = std::ranges::find(Routes(), action, &Route::action);
  LP_ASSERT(route != Routes().end());
  return *route;
}

// Appends the outcome of a row. `link` unsubscribes its contact; empty: the batch has not asked for it.
void AppendOutcome(const access::SentCommand& sent, const http::Response& response, const std::string& link,
                   std::string* out) {
  JsonObject row(out);
  row.Number("status", response.code);
  if (!sent.lead.empty()) row.Text("id", sent.lead);
  row.Text("command", sent.id);
  if (!link.empty()) row.Text("unsubscribeUrl", link);
  if (response.code >= http::kBadRequest) row.Key("problem")->append(response.body);
}

// Ids and addresses that rows are about. An id that is an address is in normal form, like that.
using Subjects = std::set<std::string>;

void AddSubject(std::string_view text, Subjects* subjects) {
  if (text.empty()) return;
  std::string address = NormalizeAddress(text);
  subjects->insert(IsAddress(address) ? std::move(address) : std::string(text));
}

bool Meet(const Subjects& some, const Subjects& others) {
  return std::ranges::any_of(others, [&some](const std::string& text) { return some.contains(text); });
}

// Returns what the row names. What it is about beside that is known once it is prepared.
Subjects NamedIn(const Json& row) {
  Subjects named;
  AddSubject(LeadIdOf(std::string(row["id"].text())), &named);
  const auto keys = row["id"].is_null() ? ReadContactKeys(row["contact"]) : ContactKeys();
  if (const auto* contact = std::get_if<ContactKeys>(&keys)) {
    AddSubject(contact->id, &named);
    AddSubject(contact->address, &named);
  }
  return named;
}

}  // namespace

// The rows of one request. A task refers to its batch, and the batch to its task until that has its outcome.
struct LeadWrites::Batch {
  ApiRequest request;
  access::Principal principal;
  Json rows;
  std::string hash;  // of the whole request
  bool wants_links = false;
  std::optional<OutcomeWatch::Time> until;  // when the wait is over; rows of a later wave are then durable alone
  std::vector<size_t> later;                // the rows of later waves, in their order
  Subjects taken;                           // by rows of this wave that are written, and by those of later ones
  std::vector<TaskRef> tasks;
  std::vector<std::string> outcomes;                       // JSON, of each row
  std::vector<std::optional<v1::RecordOutcome>> reported;  // by the run
  std::vector<size_t> sent;                                // the rows that are in the inbox
  std::atomic<size_t> left{0};                             // rows that the present step waits for
  std::atomic<size_t> unanswered{0};  // rows of the wave without an outcome; 1 more while it begins
  Respond respond;

  void Answer() const {
    respond(JsonResponse(http::kOk, [this](JsonObject* json) {
      AppendArray("rows", outcomes, json, [](const std::string& one, std::string* out) { *out += one; });
    }));
  }
  // Calls `then` for the last of the rows of a step.
  void CountDown(const std::function<void()>& then) {
    if (--left == 0) then();
  }
};

std::variant<ApiRequest, http::Response> LeadWrites::RowOf(const ApiRequest& request, const Json& row, size_t index) {
  ApiRequest single;
  single.request_name = request.request_name;
  single.prefer = request.prefer;
  if (!request.idempotency_key.empty()) {
    single.idempotency_key = request.idempotency_key + "." + std::to_string(index);
  }
  if (!row.is_object()) return WrongMember(Concat({"rows[", std::to_string(index), "]"}), "it must be an object");
  for (const auto& [name, value] : row.members()) {
    const bool is_known = name == "action" || name == "id" || name == "if_match" || name == "contact";
    if (!is_known) return WrongMember(name, "there is no such member; there are: action, id, if_match, contact");
    if (name != "contact" && !value.is_string()) return WrongMember(name, "it must be a string");
    if (name == "if_match" && TrimAsciiSpace(value.text()).empty()) single.if_match = kBlankHeader;
  }
  if (!row["contact"].is_object()) return WrongMember("contact", "it must be an object");
  const std::string_view action = row["action"].text();
  if (action != "create" && action != "update" && action != "upsert") {
    return WrongMember("action", "create, update or upsert");
  }
  const bool updates = action == "update";
  if (updates != !row["id"].is_null()) {
    return WrongMember("id", updates ? "it is missing" : "only an update has it here; a new contact's is in `contact`");
  }
  single.route = &RouteNamed(updates ? "contact.update" : "contact.create");
  single.id = row["id"].text();
  if (single.if_match.empty()) single.if_match = row["if_match"].text();
  row["contact"].AppendTo(&single.body);
  if (action == "upsert") single.parameters.push_back({"upsert", "true"});
  if (request.Parameter("shared") == "true") single.parameters.push_back({"shared", "true"});
  return single;
}

void LeadWrites::WriteBatch(const ApiRequest& request, const access::Principal& principal, Respond respond) {
  const auto body = ReadBody(*request.route, request.body);
  if (const auto* problem = std::get_if<http::Response>(&body)) return respond(*problem);
  const Json& rows = std::get<Json>(body)["rows"];
  const size_t count = rows.elements().size();
  const size_t most =
      std::min<size_t>(kMostRows, static_cast<size_t>(parts_.limiter->SizeOf(access::RequestClass::kWrite).burst));
  const std::string_view fields = request.Parameter("fields");
  if (!fields.empty() && fields != kLinkColumn) {
    return respond(WrongParameter("fields", Concat({kLinkColumn, ", or leave it out"})));
  }
  if (!request.if_match.empty()) {
    return respond(WrongParameter("If-Match", "each row has a version of its own: send it as if_match of the row"));
  }
  if (count == 0 || count > most) return respond(WrongMember("rows", "1 to " + std::to_string(most) + " rows"));
  if (!IsKey(request.idempotency_key) || request.idempotency_key.size() > kLongestBatchKey) return respond(WrongKey());
  if (count > 1) {
    const access::Allowance rest =
        parts_.limiter->TakeMany(principal.tenant, principal.who, access::RequestClass::kWrite, count - 1);
    if (rest.retry_after > 0) return respond(TooManyRequests("wait, as Retry-After says", rest.retry_after));
  }
  const std::string whole = RequestHashOf(request, principal.who);
  if (!request.idempotency_key.empty()) {
    const auto earlier = parts_.commands->Find(principal.tenant, principal.who, request.idempotency_key + kFirstRow);
    if (!earlier.ok()) return respond(Failed(earlier.status()));
    if (*earlier && (*earlier)->request_hash != whole) return respond(KeyReused());
  }
  auto batch = std::make_shared<Batch>();
  batch->request = request;
  batch->principal = principal;
  batch->rows = rows;
  batch->hash = whole;
  batch->wants_links = !fields.empty();
  batch->respond = std::move(respond);
  batch->tasks.resize(count);
  batch->outcomes.resize(count);
  batch->reported.resize(count);
  for (size_t i = 0; i < count; ++i) batch->later.push_back(i);
  BeginWave(batch);
}

void LeadWrites::BeginWave(const BatchRef& batch) {
  const RequestInLog in_log(batch->request.request_name);
  batch->unanswered = 1;
  batch->taken = {};
  std::vector<size_t> begun;
  for (const size_t row : std::exchange(batch->later, {})) {
    std::optional<http::Response> response;
    const TaskRef task = PrepareRow(batch, row, &response);
    if (task == nullptr) {
      batch->later.push_back(row);
      continue;
    }
    batch->tasks[row] = task;
    ++batch->unanswered;
    response ? task->Conclude(*std::move(response)) : begun.push_back(row);
  }
  if (!batch->until) {
    batch->until = parts_.clock->Monotonic() + WaitOf(batch->request.prefer).value_or(kUsualWait);
  }
  if (!begun.empty()) BeginBatch(batch, begun);
  if (--batch->unanswered == 0) EndWave(batch);
}

LeadWrites::TaskRef LeadWrites::PrepareRow(const BatchRef& batch, size_t row, std::optional<http::Response>* response) {
  const Json& content = batch->rows.elements()[row];
  auto task = std::make_shared<Task>();
  task->respond = [this, batch, row](const http::Response& outcome) { EndRow(batch, row, outcome); };
  auto single = RowOf(batch->request, content, row);
  if (auto* problem = std::get_if<http::Response>(&single)) {
    *response = std::move(*problem);
    return task;
  }
  Subjects subjects = NamedIn(content);
  bool waits = Meet(batch->taken, subjects);
  if (!waits) {
    *response = Prepare(std::get<ApiRequest>(single), batch->principal, batch->hash, task.get());
    const auto* command = std::get_if<codec::Command>(&task->record);
    AddSubject(task->sent.lead, &subjects);
    if (task->contact.has_record()) AddSubject(AddressOfContact(task->contact.record().row()), &subjects);
    if (command != nullptr) AddSubject(AddressSought(*command).value_or(""), &subjects);
    waits = Meet(batch->taken, subjects);
  }
  if (!waits && !*response) *response = CheckBegin(task.get());
  if (waits || !*response) batch->taken.merge(subjects);  // a row that is answered already changes nothing
  if (waits) return nullptr;
  if (batch->until) {
    using Milliseconds = std::chrono::milliseconds;
    const auto left = std::chrono::duration_cast<Milliseconds>(*batch->until - parts_.clock->Monotonic());
    task->wait = std::max(left, Milliseconds(0));
  }
  return task;
}

void LeadWrites::EndRow(const BatchRef& batch, size_t row, const http::Response& outcome) {
  const TaskRef task = std::move(batch->tasks[row]);
  const bool has_link = batch->wants_links && outcome.code < http::kBadRequest;
  AppendOutcome(task->sent, outcome, has_link ? LinkAfter(task.get()) : "", &batch->outcomes[row]);
  if (--batch->unanswered == 0) EndWave(batch);
}

void LeadWrites::EndWave(const BatchRef& batch) {
  if (batch->later.empty()) return batch->Answer();
  parts_.queue->Add([this, batch] { BeginWave(batch); },
                    [this, batch] {
                      const std::vector<size_t> rows = std::exchange(batch->later, {});
                      batch->unanswered = rows.size();
                      for (const size_t row : rows) {
                        batch->tasks[row] = std::make_shared<Task>();
                        EndRow(batch, row, NotTaken(Status::Retriable("the front stops, or too many requests wait")));
                      }
                    });
}

void LeadWrites::BeginBatch(const BatchRef& batch, const std::vector<size_t>& rows) {
  std::vector<access::CommandWrite> commands;
  std::vector<size_t> to_log;
  for (const size_t row : rows) {
    if (batch->tasks[row]->sent.position) continue;
    commands.push_back({&batch->tasks[row]->sent, "contact.batch"});
    to_log.push_back(row);
  }
  const auto earlier = parts_.commands->Write(commands);
  std::vector<size_t> sent;
  for (const size_t row : rows) {
    const TaskRef task = batch->tasks[row];
    const auto at = std::ranges::find(to_log, row);
    if (at == to_log.end()) {
      sent.push_back(row);  // an earlier request has written it
    } else if (!earlier.ok()) {
      task->Conclude(Failed(earlier.status()));
    } else if ((*earlier)[static_cast<size_t>(at - to_log.begin())] && !task->again) {
      task->Conclude(BeingAnswered());
    } else {
      sent.push_back(row);
    }
  }
  batch->left = sent.size();
  batch->sent = sent;
  for (const size_t row : sent) {
    const TaskRef task = batch->tasks[row];
    const auto note = [this, batch] {
      const auto next = [this, batch] { AwaitBatch(batch); };
      batch->CountDown([this, next] { parts_.queue->Add(next, next); });
    };
    if (task->sent.position) {
      note();
      continue;
    }
    AppendRecords(task, [task, note](const codec::Stored& at) {
      if (at.ok() && at->offset >= 0) {
        task->sent.position = access::RecordPosition{at->topic, at->partition, at->offset};
      } else if (!at.ok()) {
        task->failure = at.status();
      }
      note();
    });
  }
}

void LeadWrites::AwaitBatch(const BatchRef& batch) {
  // A copy: once the last row has its outcome, the next wave has begun.
  const std::vector<size_t> rows = batch->sent;
  std::vector<access::CommandWrite> written;
  for (const size_t row : rows) {
    Task& task = *batch->tasks[row];
    if (!task.failure.ok() && task.failure.kind() == ErrorKind::kRejected) {
      task.sent.state = access::CommandState::kRefused;
      task.sent.reason = "too_large";
      task.sent.detail = task.failure.message();
    }
    written.push_back({&task.sent, ""});
  }
  const Status noted = parts_.commands->Write(written).status();
  std::vector<size_t> awaited;
  for (const size_t row : rows) {
    const TaskRef task = batch->tasks[row];
    if (!noted.ok()) {
      task->Conclude(Failed(noted));
    } else if (task->sent.state == access::CommandState::kRefused) {
      task->Conclude(Refused(*task));
    } else if (!task->failure.ok()) {
      task->Conclude(NotTaken(task->failure));
    } else if (!task->sent.position || task->wait.count() == 0) {
      Finish(task, std::nullopt);
    } else {
      awaited.push_back(row);
    }
  }
  if (awaited.empty()) return;
  batch->left = awaited.size();
  batch->sent = awaited;
  for (const size_t row : awaited) {
    const TaskRef task = batch->tasks[row];
    task->until = parts_.clock->Monotonic() + task->wait;
    parts_.watch->Add(SourceOf(*task->sent.position), task->until,
                      [this, batch, row](const std::optional<v1::RecordOutcome>& outcome) {
                        batch->reported[row] = outcome;
                        const auto finish = [this, batch] { FinishBatch(batch); };
                        batch->CountDown([this, finish] { parts_.queue->Add(finish, finish); });
                      });
  }
}

void LeadWrites::FinishBatch(const BatchRef& batch) {
  const std::vector<size_t> rows = batch->sent;  // as above
  std::vector<access::CommandWrite> settled;
  std::vector<size_t> others;  // whose outcome is unknown, or that another request has overtaken
  for (const size_t row : rows) {
    access::SentCommand& sent = batch->tasks[row]->sent;
    const auto& outcome = batch->reported[row];
    if (!outcome || SentCommands::IsOvertaken(*outcome, sent)) {
      others.push_back(row);
      continue;
    }
    SentCommands::Settle(*outcome, &sent);
    settled.push_back({&sent, ""});
  }
  const Status noted = settled.empty() ? Status::Ok() : parts_.commands->Write(settled).status();
  for (const size_t row : rows) {
    const TaskRef task = batch->tasks[row];
    if (std::ranges::find(others, row) != others.end()) {
      Finish(task, batch->reported[row]);
    } else if (!noted.ok()) {
      task->Conclude(Failed(noted));
    } else if (task->sent.state == access::CommandState::kSent) {
      AnswerLater(task);
    } else if (task->sent.state == access::CommandState::kRefused) {
      task->Conclude(Refused(*task));
    } else if (IsFolder(task->sent.position->input)) {
      task->Conclude({task->sent.creates ? http::kCreated : http::kOk, "", ""});
    } else {
      AnswerOnceThere(task);
    }
  }
}

}  // namespace leadpulse::serve
