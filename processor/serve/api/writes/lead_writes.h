// The writes of the API: each is one command, or the event of a topic, which goes into the front's inbox and which the
// run applies.
//
// A write is answered when the run has applied or refused it, so that the next read shows it. A write that takes longer
// is answered with 202, and `GET /commands/{id}` tells its outcome later. The command's id is the request's
// Idempotency-Key: a request sent twice is one command, whatever was killed between.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "processor/base/clock.h"
#include "processor/base/json.h"
#include "processor/http/response_queue.h"
#include "processor/serve/access/command_log.h"
#include "processor/serve/access/command_writer.h"
#include "processor/serve/access/rate_limiter.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/continuations.h"
#include "processor/serve/api/writes/contact_edit.h"
#include "processor/serve/api/writes/inbox.h"
#include "processor/serve/api/writes/new_contacts.h"
#include "processor/serve/api/writes/outcome_watch.h"
#include "processor/serve/api/writes/sent_commands.h"
#include "processor/serve/runs/run_client.h"
#include "schemas/codec/record_sink.h"

namespace leadpulse::serve {

// The objects that the writes use; all must outlive them.
struct WriteParts {
  access::CommandLog* commands;
  access::CommandWriter* writer;  // writes to `commands`
  access::RateLimiter* limiter;   // each row of a batch counts
  SentCommands* sent;
  codec::RecordSink* inbox;
  InboxCheck* inbox_check;
  const Continuations* continuations;
  RunClient* run;
  OutcomeWatch* watch;
  http::ResponseQueue* queue;
  const Clock* clock;
  // Returns the unsubscribe link of a contact with this address.
  std::function<std::string(const std::string& tenant, const std::string& lead, const std::string& address)> make_url;
};

// The writes of a front. Thread-safe.
class LeadWrites {
 public:
  explicit LeadWrites(const WriteParts& parts) : parts_(parts) {}

  // Writes. Calls `respond` once, perhaps later from another thread. Waits for the run, so call it on a thread of the
  // queue.
  void Write(const ApiRequest& request, const access::Principal& principal, Respond respond);
  // Writes the rows of a batch, each as Write does. Calls `respond` once, with an outcome for each row.
  void WriteBatch(const ApiRequest& request, const access::Principal& principal, Respond respond);
  // Removes the ids of leads whose erasures an earlier front did not complete. Call it once, before writes.
  void FinishErasures();

 private:
  // One write on its way.
  struct Task;
  using TaskRef = std::shared_ptr<Task>;

  struct Batch;
  using BatchRef = std::shared_ptr<Batch>;

  // Reads the request into the task: headers, command, and checks. `hash` is that of the whole batch; empty for a
  // single write.
  std::optional<http::Response> Prepare(const ApiRequest& request, const access::Principal& principal,
                                        const std::string& hash, Task* task);
  // Makes the request of a row of a batch.
  static std::variant<ApiRequest, http::Response> RowOf(const ApiRequest& request, const Json& row, size_t index);
  // Begins the next wave of the batch: the rows that are about nothing which an earlier row is about.
  void BeginWave(const BatchRef& batch);
  // Makes the task of a row; null if the row must wait for an earlier one. Sets `response` if it is answered already.
  TaskRef PrepareRow(const BatchRef& batch, size_t row, std::optional<http::Response>* response);
  // Stores the outcome of a row. The last one of the wave ends that.
  void EndRow(const BatchRef& batch, size_t row, const http::Response& outcome);
  // Begins the next wave on a thread of the queue. After the last one, answers the request.
  void EndWave(const BatchRef& batch);
  // Returns the unsubscribe link of the contact that the task has written.
  std::string LinkAfter(Task* task);
  // Notes the commands of these rows, and appends their records.
  void BeginBatch(const BatchRef& batch, const std::vector<size_t>& rows);
  // Stores the positions of the records, and waits for their outcomes.
  void AwaitBatch(const BatchRef& batch);
  void FinishBatch(const BatchRef& batch);

  // Reads the headers into the task. Like the functions below it sets the next part of the task and returns nullopt to
  // go on.
  std::optional<http::Response> ReadHeaders(const ApiRequest& request, Task* task) const;
  std::optional<http::Response> ReadCommand(const ApiRequest& request, Task* task);
  std::optional<http::Response> ReadNewContact(Task* task);
  // Sets the records of the task for an edit of its contact.
  std::optional<http::Response> SetEdit(const ContactEdit& edit, Task* task);
  // Checks the address that the task's command gives its contact; the task needs a claim of it.
  std::optional<http::Response> CheckAddress(const Task& task, std::string_view field) const;
  // Checks that the attributes which the task's command sets are declared where the tenant demands it.
  std::optional<http::Response> CheckAttributes(const Task& task) const;
  std::optional<http::Response> ReadTopic(const ApiRequest& request, Task* task);
  // Makes the command that takes back an earlier one of the principal.
  std::optional<http::Response> ReadUndo(const ApiRequest& request, Task* task);
  // Makes the command that removes the note which the parameter names, if the principal may.
  std::optional<http::Response> ReadNoteRemoval(const ApiRequest& request, Task* task);
  std::optional<http::Response> ReadErasure(const ApiRequest& request, Task* task);
  // Sets the lead that the id means, if the principal may see it.
  std::optional<http::Response> FindLead(const std::string& id, Task* task);
  // Whether the task goes on. If there is an earlier command with its id whose outcome is known, answers with that.
  std::optional<http::Response> CheckBegin(Task* task);
  static http::Response NotTaken(const Status& why);

  // Appends the records of the task. `done` is called as the inbox does, with the position of the last.
  void AppendRecords(const TaskRef& task, codec::Done done);
  void Append(const TaskRef& task);
  // Notes the command, then appends its records. Like the steps below it calls the next one, and does not wait.
  void Begin(const TaskRef& task);
  // Stores the position of the record, which must be known after a restart, and waits for the outcome.
  void NotePosition(const TaskRef& task);
  void Await(const TaskRef& task);
  // Stores the outcome, then answers.
  void Finish(const TaskRef& task, const std::optional<v1::RecordOutcome>& outcome);
  // Answers as the state of the command says. Called on a thread of the queue, like the next.
  void AnswerSettled(const TaskRef& task);
  // Stores position and outcome, then calls `next`.
  void Store(const TaskRef& task, std::function<void()> next);
  // Updates the contact, which another request has made since an upsert looked for it. Waits until the contact is
  // visible, as below.
  void UpdateInstead(const TaskRef& task);
  // Calls `on_outcome` on a thread of the queue once the run reports the outcome of a command whose request is
  // answered.
  void SeeThrough(const TaskRef& task, std::function<void(const v1::RecordOutcome&)> on_outcome);
  // Answers that the command is applied. In a live run a contact with another address waits for the mailbox of that,
  // which may be in another partition: it cannot be mailed until then, and a new one is not visible. Looks at it until
  // the wait is over.
  void AnswerOnceThere(const TaskRef& task);
  // Calls `look` on a thread of the queue in a moment, for a contact that waits for its mailbox.
  void LookAgain(const TaskRef& task, std::function<void()> look);
  // Answers 202. A new contact keeps its claim.
  void AnswerLater(const TaskRef& task);
  // Removes the lead's id once the erasure is applied.
  void ForgetLater(const TaskRef& task);
  // Asks for the contact that the answer shows, unless the run has told it with the outcome. It may be none.
  Status Show(Task* task);
  http::Response Done(Task* task);
  http::Response Refused(const Task& task);
  http::Response Later(const Task& task);
  void AddPosition(const Task& task, http::Response* response);

  const WriteParts parts_;
  NewContacts new_contacts_;
};

}  // namespace leadpulse::serve
