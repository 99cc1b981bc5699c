#include "processor/serve/api/writes/lead_writes.h"

#include <utility>
#include <variant>
#include <vector>

#include "processor/base/json_object.h"
#include "processor/base/value.h"
#include "processor/serve/api/reads/lead_selection.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/api/request/write_headers.h"
#include "processor/serve/api/writes/lead_task.h"
#include "processor/telemetry/logging.h"
#include "schemas/codec/records.h"

namespace leadpulse::serve {
namespace {

// A contact whose message has at most these bytes is printed in a fraction of a millisecond.
constexpr size_t kQuicklyPrinted = 16 << 10;

// Returns what to send in place of a value that does not have the declared type, as JSON; empty if `detail` is about
// something else.
std::string HintOnType(std::string_view detail) {
  constexpr std::string_view kDeclaredType = "does not convert to the declared type ";
  const size_t found = detail.find(kDeclaredType);
  if (found == std::string_view::npos) return {};
  std::string_view type = detail.substr(found + kDeclaredType.size());
  type = type.substr(0, type.find(';'));
  std::string hint;
  if (type == FieldTypeName(FieldType::kNumber)) AppendJsonString("send a number such as 1234.5", &hint);
  if (type == FieldTypeName(FieldType::kBoolean)) AppendJsonString("send true or false", &hint);
  if (type == FieldTypeName(FieldType::kDay)) AppendJsonString("send a day such as 2026-03-12", &hint);
  if (type == FieldTypeName(FieldType::kDate)) {
    AppendJsonString("send a time with its zone, such as 2026-03-12T09:30:00Z, or a day", &hint);
  }
  return hint;
}

}  // namespace

void LeadWrites::Write(const ApiRequest& request, const access::Principal& principal, Respond respond) {
  const access::CommandWriter::Coming coming(parts_.writer);
  auto task = std::make_shared<Task>();
  task->respond = std::move(respond);
  std::optional<http::Response> response = Prepare(request, principal, "", task.get());
  if (!response) response = CheckBegin(task.get());
  if (response) return task->Conclude(std::move(*response));
  task->sent.position ? Await(task) : Begin(task);
}

std::optional<http::Response> LeadWrites::Prepare(const ApiRequest& request, const access::Principal& principal,
                                                  const std::string& hash, Task* task) {
  task->route = request.route;
  task->request_name = request.request_name;
  task->principal = principal;
  task->sent.upserts = request.Parameter("upsert") == "true";
  if (request.route->kind == RouteKind::kCreate) task->body = request.body;
  task->may_share = request.Parameter("shared") == "true";
  if (task->may_share && principal.role < access::Role::kManager) {
    return Problem(http::kForbidden, "forbidden", "only managers may have an address shared", "shared");
  }
  if (auto response = ReadHeaders(request, task)) return response;
  if (!hash.empty()) task->sent.request_hash = hash;
  if (auto response = ReadCommand(request, task)) return response;
  if (!task->again) task->sent.undo = task->Undo();
  return std::nullopt;
}

void LeadWrites::FinishErasures() {
  auto unfinished = parts_.commands->UnfinishedErasures();
  if (!unfinished.ok()) {
    return telemetry::LogWarning("the front may still have ids of erased leads: " + unfinished.status().message());
  }
  for (access::SentCommand& sent : *unfinished) {
    auto task = std::make_shared<Task>();
    task->sent = std::move(sent);
    ForgetLater(task);
  }
}

std::optional<http::Response> LeadWrites::CheckBegin(Task* task) {
  if (task->sent.state == access::CommandState::kApplied) return Done(task);
  if (task->sent.state == access::CommandState::kRefused) return Refused(*task);
  if (task->sent.position) return std::nullopt;
  if (auto problem = CheckId(task->sent.lead)) return problem;
  if (parts_.inbox_check->IsFollowed() == true) return std::nullopt;
  return Problem(http::kUnavailable, "unavailable",
                 std::string("the run does not read what this front writes; ") + kFollowTheInbox);
}

void LeadWrites::Begin(const TaskRef& task) {
  parts_.writer->Add(task->sent, std::string(task->route->action), [this, task](const auto& earlier) {
    const RequestInLog in_log(task->request_name);
    if (!earlier.ok()) return task->Conclude(Failed(earlier.status()));
    if (*earlier && !task->again) return task->Conclude(BeingAnswered());
    Append(task);
  });
}

http::Response LeadWrites::NotTaken(const Status& why) {
  telemetry::LogWarning("a write of the API was not taken: " + why.message());
  return Problem(http::kUnavailable, "unavailable", "the write was not taken; send it again");
}

void LeadWrites::AppendRecords(const TaskRef& task, codec::Done done) {
  if (task->first.empty()) return parts_.inbox->Append({.records = {&task->record, 1}}, std::move(done));
  parts_.inbox->Append({.records = task->first}, [this, task, done = std::move(done)](const codec::Stored& at) {
    if (!at.ok()) return done(at);
    // Not on the thread of the inbox, which may have to make room.
    parts_.queue->Add(
        [this, task, done] {
          parts_.inbox->Append({.records = {&task->record, 1}}, done);
        },
        [done] { done(Status::Retriable("the front stops, or too many requests wait")); });
  });
}

void LeadWrites::Append(const TaskRef& task) {
  AppendRecords(task, [this, task](const codec::Stored& at) {
    if (!at.ok() && at.status().kind() == ErrorKind::kRejected) {
      task->sent.state = access::CommandState::kRefused;
      task->sent.reason = "too_large";
      task->sent.detail = at.status().message();
      return Finish(task, std::nullopt);
    }
    if (!at.ok()) return task->respond(NotTaken(at.status()));
    // Brokers do not return the offset of a record that an earlier try has written.
    if (at->offset < 0) return task->respond(Later(*task));
    task->sent.position = access::RecordPosition{at->topic, at->partition, at->offset};
    NotePosition(task);
  });
}

void LeadWrites::NotePosition(const TaskRef& task) {
  const RequestInLog in_log(task->request_name);
  // A live run reports outcomes of commands only, and refuses no event that this front makes.
  const bool is_reported = IsFolder(task->sent.position->input) || std::holds_alternative<codec::Command>(task->record);
  if (is_reported) return Store(task, [this, task] { Await(task); });
  const http::Response durable = Later(*task);
  task->sent.state = access::CommandState::kApplied;
  Store(task, [task, durable] { task->respond(durable); });
}

void LeadWrites::Store(const TaskRef& task, std::function<void()> next) {
  parts_.writer->Add(task->sent, "", [task, next = std::move(next)](const auto& stored) {
    const RequestInLog in_log(task->request_name);
    stored.ok() ? next() : task->respond(Failed(stored.status()));
  });
}

void LeadWrites::Await(const TaskRef& task) {
  if (task->wait.count() == 0) return Finish(task, std::nullopt);
  task->until = parts_.clock->Monotonic() + task->wait;
  auto shown = QueryBy<v1::GetLead>(CallerFor(task->principal));
  shown.set_lead_id(task->sent.lead);
  const auto finish = [this, task](std::optional<v1::RecordOutcome> outcome) {
    if (outcome && outcome->has_lead()) task->shown = std::move(*outcome->mutable_lead());
    Finish(task, outcome);
  };
  parts_.watch->Add(SourceOf(*task->sent.position), task->until, finish, OutcomeWatch::Time::min(), std::move(shown));
}

void LeadWrites::Finish(const TaskRef& task, const std::optional<v1::RecordOutcome>& outcome) {
  const RequestInLog in_log(task->request_name);
  const auto later = [this, task] { AnswerLater(task); };
  if (outcome && SentCommands::IsOvertaken(*outcome, task->sent)) {
    return parts_.queue->Add([this, task] { UpdateInstead(task); }, later);
  }
  if (outcome) SentCommands::Settle(*outcome, &task->sent);
  const auto answer = [this, task, later] {
    // With the contact at hand nothing waits for the run. A large one is printed where no other write waits for it.
    const bool is_quick = task->shown && task->shown->ByteSizeLong() <= kQuicklyPrinted;
    if (is_quick) return AnswerSettled(task);
    parts_.queue->Add([this, task] { AnswerSettled(task); }, later);
  };
  const bool has_news = task->sent.state != access::CommandState::kSent || !task->sent.position;
  has_news ? Store(task, answer) : answer();
}

void LeadWrites::AnswerSettled(const TaskRef& task) {
  const RequestInLog in_log(task->request_name);
  switch (task->sent.state) {
    case access::CommandState::kSent:
      AnswerLater(task);
      if (task->sent.erases && task->sent.position) ForgetLater(task);
      if (task->sent.upserts && task->sent.creates && task->sent.position) {
        task->respond = [](const http::Response&) {};
        SeeThrough(task, [this, task](const v1::RecordOutcome& later) {
          task->until = parts_.clock->Monotonic() + kUsualWait;
          Finish(task, later);
        });
      }
      return;
    case access::CommandState::kApplied:
      return AnswerOnceThere(task);
    case access::CommandState::kRefused:
      return task->Conclude(Refused(*task));
  }
}

void LeadWrites::UpdateInstead(const TaskRef& task) {
  const RequestInLog in_log(task->request_name);
  const std::string lead = task->sent.lead;
  const auto position = std::exchange(task->sent.position, std::nullopt);
  task->sent.creates = false;
  std::optional<http::Response> response = ReadNewContact(task.get());
  const bool is_hidden = !response && task->sent.creates;
  if (is_hidden && !IsFolder(position->input) && parts_.clock->Monotonic() < task->until) {
    task->sent.position = position;
    return LookAgain(task, [this, task] { UpdateInstead(task); });
  }
  // The audit log names the lead of the first command.
  if (!response && (task->sent.creates || task->sent.lead != lead)) response = ContactExists(std::nullopt);
  if (response && response->code == http::kConflict) {
    task->sent.state = access::CommandState::kRefused;
    task->sent.reason = kConflict;
    task->sent.lead = lead;
  }
  if (!response || task->sent.state == access::CommandState::kRefused) {
    if (const Status noted = parts_.commands->Update(task->sent); !noted.ok()) response = Failed(noted);
  }
  response ? task->Conclude(*std::move(response)) : Append(task);
}

void LeadWrites::AnswerOnceThere(const TaskRef& task) {
  const RequestInLog in_log(task->request_name);
  const bool may_wait = task->route->kind == RouteKind::kCreate || task->route->kind == RouteKind::kUpdate;
  if (may_wait && !IsFolder(task->sent.position->input)) {
    if (!task->first.empty()) return AnswerLater(task);  // a live run does not tell when it has read an opt-out
    const Status looked = Show(task.get());
    const auto& lead = task->shown;
    const bool waits = looked.ok() && (lead ? lead->waits() && !task->contact.waits() : task->sent.creates);
    if (waits && parts_.clock->Monotonic() < task->until) {
      task->shown.reset();
      return LookAgain(task, [this, task] { AnswerOnceThere(task); });
    }
    if (waits && !lead) return AnswerLater(task);
  }
  task->Conclude(Done(task.get()));
}

void LeadWrites::LookAgain(const TaskRef& task, std::function<void()> look) {
  const OutcomeWatch::Time now = parts_.clock->Monotonic();
  const auto told = [this, task, look = std::move(look), now](const std::optional<v1::RecordOutcome>& outcome) {
    if (!outcome) task->until = now;  // the wait is over, or the front stops
    parts_.queue->Add(look, [this, task] { AnswerLater(task); });
  };
  parts_.watch->Add(SourceOf(*task->sent.position), task->until, told, now + kMailboxPause);
}

void LeadWrites::AnswerLater(const TaskRef& task) {
  task->respond(Later(*task));
  if (task->claim == nullptr || !task->sent.position) return;
  NewContacts::Hold(std::move(task->claim), SourceOf(*task->sent.position), parts_.watch, *parts_.clock);
}

void LeadWrites::SeeThrough(const TaskRef& task, std::function<void(const v1::RecordOutcome&)> on_outcome) {
  parts_.watch->Add(SourceOf(*task->sent.position), parts_.clock->Monotonic() + kLongestSeenThrough,
                    [this, on_outcome = std::move(on_outcome)](const std::optional<v1::RecordOutcome>& outcome) {
                      if (outcome) parts_.queue->Add([on_outcome, known = *outcome] { on_outcome(known); }, [] {});
                    });
}

void LeadWrites::ForgetLater(const TaskRef& task) {
  SeeThrough(task, [this, task](const v1::RecordOutcome& outcome) {
    SentCommands::Settle(outcome, &task->sent);
    if (task->sent.state == access::CommandState::kSent) return;
    Status done = parts_.commands->Update(task->sent);
    if (done.ok() && task->sent.state == access::CommandState::kApplied) done = parts_.sent->Forget(task->sent);
    if (!done.ok()) telemetry::LogWarning("the front still has the id of an erased lead: " + done.message());
  });
}

Status LeadWrites::Show(Task* task) {
  if (task->shown) return Status::Ok();
  LP_ASSIGN_OR_RETURN(task->shown, FindContact(CallerFor(task->principal), task->sent.lead, parts_.run));
  return Status::Ok();
}

http::Response LeadWrites::Done(Task* task) {
  const access::SentCommand& sent = task->sent;
  http::Response response{http::kOk, "", kJsonType};
  if (task->route->kind == RouteKind::kErase) {
    if (const Status forgot = parts_.sent->Forget(sent); !forgot.ok()) return Failed(forgot);
    response.body = R"({"erased":true})";
  } else {
    // The command is applied, whatever the run says now.
    if (!Show(task).ok()) return Later(*task);
    if (!task->shown) return NoSuchContact();  // erased or taken over meanwhile
    response = ContactResponse(sent.creates ? http::kCreated : http::kOk, *task->shown);
    if (const std::vector<std::string> warnings = task->Warnings(); !warnings.empty()) {
      std::string members;
      JsonObject(&members).Texts("warnings", warnings);
      members.back() = ',';
      response.body.replace(0, 1, members);
    }
    if (sent.creates)
      response.headers.emplace_back("Location", std::string(kApiBase) + "/contacts/" + PathEnding(sent.lead));
  }
  AddPosition(*task, &response);
  return response;
}

http::Response LeadWrites::Refused(const Task& task) {
  const access::SentCommand& sent = task.sent;
  if (sent.reason != kConflict) {
    const unsigned int code = sent.reason == "final_stage" ? http::kConflict : http::kUnprocessableContent;
    const std::string hint = HintOnType(sent.detail);
    return Problem(code, sent.reason, sent.detail, AttributeAtFault(sent.detail), hint.empty() ? "" : "hint", hint);
  }
  LP_ASSIGN_OR_ANSWER(const auto lead, OrRunFailed(FindContact(CallerFor(task.principal), sent.lead, parts_.run)));
  if (task.route->kind == RouteKind::kCreate) return ContactExists(lead);
  constexpr std::string_view kWeak = "a weak ETag (W/\"...\") is no version; send it without W/";
  return lead ? ContactOvertaken(task.expected.are_all_weak() ? kWeak : sent.detail, *lead) : NoSuchContact();
}

http::Response LeadWrites::Later(const Task& task) {
  http::Response response = JsonResponse(http::kAccepted, [&task](JsonObject* json) {
    json->Text("command", task.sent.id);
    json->Text("state", access::StateName(task.sent.state));
    const std::vector<std::string> warnings = task.Warnings();
    if (!warnings.empty()) json->Texts("warnings", warnings);
  });
  response.headers.emplace_back("Location", std::string(kApiBase) + "/commands/" + PathEnding(task.sent.id));
  AddPosition(task, &response);
  return response;
}

void LeadWrites::AddPosition(const Task& task, http::Response* response) {
  const auto& position = task.sent.position;
  // Reads wait for positions in folders and in the topic of commands.
  if (!position || (std::holds_alternative<codec::Event>(task.record) && !IsFolder(position->input))) return;
  response->headers.emplace_back(
      "Leadpulse-Position",
      parts_.continuations->Seal(Continuation::kPosition, task.principal.tenant, PositionText(*position)));
}

}  // namespace leadpulse::serve
