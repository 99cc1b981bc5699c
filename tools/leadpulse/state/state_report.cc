#include "tools/leadpulse/state/state_report.h"

#include <numeric>

#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

using maintenance::ProblemKind;
using maintenance::ProblemName;
using maintenance::Remedy;
using maintenance::StateFacts;
using maintenance::StateProblem;

constexpr size_t kPrintedAtOnce = 64 << 10;  // bytes

// Names by Remedy. Other programs read them: never change one.
constexpr std::array<const char*, static_cast<size_t>(Remedy::kCount)> kRemedyNames = {
    "restore", "repair", "repair --reevaluate", "repair --set-aside", "remove the directory"};

std::string SpellClock(Instant clock) {
  return clock == Instant::DistantPast() ? "not set: no record has been accepted yet" : FormatRfc3339(clock);
}

}  // namespace

std::string ProblemLine(const StateProblem& problem) {
  constexpr size_t kKindWidth = 23;
  std::string line = Concat({"  ", ProblemName(problem.kind)});
  line.resize(std::max(line.size() + 2, kKindWidth + 4), ' ');
  AppendParts({problem.subject, " ", problem.what, "\n"}, &line);
  return line;
}

uint64_t StateReport::problems() const { return std::accumulate(kinds_.begin(), kinds_.end(), uint64_t{0}); }

Status StateReport::Add(const StateProblem& problem) {
  const bool first = problems() == 0;
  ++kinds_[static_cast<size_t>(problem.kind)];
  ++remedies_[static_cast<size_t>(problem.remedy)];
  if (json_) {
    text_ += first ? "{\"problems\":[" : ",\n";
    JsonObject object(&text_);
    object.Text("kind", ProblemName(problem.kind));
    object.Text("subject", problem.subject);
    object.Text("what", problem.what);
    object.Text("remedy", backup_ ? "another backup" : kRemedyNames[static_cast<size_t>(problem.remedy)]);
    object.End();
  } else {
    if (first) AppendParts({"Problems of the ", backup_ ? "backup" : "state", " in ", state_, ":\n"}, &text_);
    text_ += ProblemLine(problem);
  }
  if (text_.size() < kPrintedAtOnce) return Status::Ok();
  const std::string printed = std::move(text_);
  text_.clear();
  return PrintResult(printed) == kDone ? Status::Ok() : Status::Fatal("the check was given up");
}

ExitCode StateReport::End(const std::optional<StateFacts>& facts) {
  if (json_) {
    AppendJson(facts);
  } else {
    AppendText(facts);
  }
  const ExitCode printed = PrintResult(text_);
  if (printed != kDone) return printed;
  return problems() == 0 ? kDone : kFailed;
}

void StateReport::AppendFacts(const StateFacts& facts) {
  const bool whole = kinds_[static_cast<size_t>(ProblemKind::kUnreadableRows)] == 0;
  AppendParts({"The ", backup_ ? "backup" : "state", " in ", state_,
               whole ? ": " : ", as far as it can be read: ", Counted(facts.leads, "lead"), ", ",
               Counted(facts.timers, "timer"), ", ", std::to_string(facts.erased), " erased, "},
              &text_);
  if (facts.live) {
    AppendParts({Counted(facts.partitions, "partition"), "; live: ", Counted(facts.positions, "partition"),
                 " with a position, clock ", SpellClock(facts.clock), "\n"},
                &text_);
    AppendLiveFacts(facts);
  } else {
    AppendParts({Counted(facts.inputs, "input"), ", ", Counted(facts.partitions, "partition"), "; clock ",
                 SpellClock(facts.clock), "\n"},
                &text_);
  }
  if (facts.due > 0) {
    AppendParts({Counted(facts.due, "lead"), " with a change that is due: the next run publishes it.\n"}, &text_);
  }
  if (facts.rolling_out) {
    AppendParts({"New definitions are being adopted, ", Counted(facts.outdated, "lead"),
                 " still under the earlier ones: the next run goes on with that.\n"},
                &text_);
  }
  if (facts.newer_engine) {
    text_ +=
        "A later version of the program evaluated it, so views were not checked: run that version or a later one on "
        "it.\n";
  } else if (facts.other_engine) {
    text_ +=
        "It was evaluated by another version of the program, so views were not checked: the next run evaluates "
        "every lead again.\n";
  }
}

void StateReport::AppendLiveFacts(const StateFacts& facts) {
  if (facts.restoring > 0) {
    AppendParts({"A restore is under way or was cut short, of ", Counted(facts.restoring, "partition"), " with ",
                 Counted(facts.unsettled, "lead"), ", whose views were not checked: the next start goes on with it.\n"},
                &text_);
  }
  if (facts.elsewhere > 0) {
    AppendParts({Counted(facts.elsewhere, "lead"), " in another partition than their key's: right only with ",
                 "`input_partitioning: trusted`.\n"},
                &text_);
  }
}

void StateReport::AppendText(const std::optional<StateFacts>& facts) {
  if (problems() > 0) text_ += "\n";
  if (facts) AppendFacts(*facts);
  if (problems() == 0) {
    text_ += "Everything was read, and all of it is sound.\n";
    if (backup_) AppendParts({"To go back to it: leadpulse state restore --state NEW ", state_, "\n"}, &text_);
    return;
  }
  AppendParts({Counted(problems(), "problem"), ":"}, &text_);
  const char* separator = " ";
  for (size_t i = 0; i < kinds_.size(); ++i) {
    if (kinds_[i] == 0) continue;
    AppendParts({separator, std::to_string(kinds_[i]), " ", ProblemName(static_cast<ProblemKind>(i))}, &text_);
    separator = ", ";
  }
  text_ += ".\n";
  if (backup_) {
    AppendBackupAdvice();
  } else {
    AppendAdvice();
  }
}

void StateReport::AppendBackupAdvice() {
  text_ += "It is a backup, which is not mended itself: take another one";
  if (count(Remedy::kRemove) > 0) {
    text_ +=
        ". The live mode needs none: it makes a new state from lead.state, in the empty directory that you give it";
  } else if (count(Remedy::kRestore) == 0) {
    AppendParts({"; or restore it (leadpulse state restore --no-check --state NEW ", state_,
                 ") and mend the state with `leadpulse state repair --state NEW`"},
                &text_);
  }
  text_ += ".\n";
}

void StateReport::AppendAdvice() {
  if (count(Remedy::kRemove) > 0) {
    AppendParts({"It is a state of the live mode, a cache of the topic lead.state, which has all of it: stop the ",
                 "process, remove the directory ", state_, " and start it again. Nothing in it needs to be mended.\n"},
                &text_);
    return;
  }
  const std::string repair = "leadpulse state repair --state " + state_;
  if (count(Remedy::kRestore) > 0) {
    text_ +=
        "What is damaged cannot be mended from what is left. Restore a backup (leadpulse state restore), or run "
        "again from the inputs with a new --state and a new --output.\n";
    return;
  }
  if (count(Remedy::kRepair) > 0) {
    AppendParts({repair, " mends ", std::to_string(count(Remedy::kRepair)), " of them.\n"}, &text_);
  }
  if (count(Remedy::kReevaluate) > 0) {
    AppendParts({repair, " --reevaluate has the next run evaluate ", Counted(count(Remedy::kReevaluate), "lead"),
                 " again and publish what differs.\n"},
                &text_);
  }
  if (count(Remedy::kQuarantined) > 0) {
    AppendParts({"Restore a backup, or give up ", Counted(count(Remedy::kQuarantined), "row"), ": ", repair,
                 " --set-aside FILE moves them out of the state.\n"},
                &text_);
  }
}

void StateReport::AppendJson(const std::optional<StateFacts>& facts) {
  text_ += problems() == 0 ? "{\"problems\":[]" : "]";
  std::string rest;
  JsonObject object(&rest);
  object.Boolean("sound", problems() == 0);
  JsonObject counts(object.Key("counts"));
  for (size_t i = 0; i < kinds_.size(); ++i) {
    if (kinds_[i] > 0) counts.Number(ProblemName(static_cast<ProblemKind>(i)), kinds_[i]);
  }
  counts.End();
  if (facts) {
    object.Number("partitions", facts->partitions);
    object.Number("leads", facts->leads);
    object.Number("timers", facts->timers);
    object.Number("erased", facts->erased);
    object.Number("inputs", facts->inputs);
    object.Number("due", facts->due);
    object.Number("outdated", facts->outdated);
    if (facts->live) {
      JsonObject live(object.Key("live"));
      live.Number("positions", facts->positions);
      live.Number("restoring", facts->restoring);
      live.Number("elsewhere", facts->elsewhere);
    }
    object.Boolean("adopting", facts->rolling_out);
    object.Time("clock", facts->clock);
  }
  object.End();
  rest.front() = ',';  // the first problem began the object
  text_ += rest + "\n";
}

}  // namespace leadpulse::tools
