#include "tests/kafka/lead_order.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace leadpulse::testing {
namespace {

using Done = std::array<size_t, engine::kRecordTopicCount>;

// Tries for one lead: far more than a correct lead takes.
constexpr int kMostTries = 200'000;

struct Choice {
  size_t topic = 0;
  Instant clock;
};

class Search {
 public:
  explicit Search(const LeadStory& story) : story_(story) {}

  std::vector<AppliedRecord> Run() {
    if (Go(model::Model(*story_.definitions, 0), {}, Instant::DistantPast())) return path_;
    path_ = best_;
    AddRest();
    return path_;
  }

 private:
  bool Go(model::Model model, const Done& done, Instant last) {
    NoteProgress(model, done);
    if (!NextOf(0, done) && !NextOf(1, done)) return Ends(std::move(model));
    const std::vector<Choice> choices = ChoicesAt(done, last);
    if (choices.size() > 1 && !IsNew(model, done, last)) return false;
    for (const Choice& choice : choices) {
      if (++tries_ > kMostTries) return false;
      const LeadStep& step = *NextOf(choice.topic, done);
      model::Model next = model;
      if (!Fits(step, choice.clock, &next)) continue;
      path_.push_back({step.log, step.offset, step.record, WallOf(step), choice.clock});
      Done after = done;
      ++after[choice.topic];
      if (Go(std::move(next), after, choice.clock)) return true;
      path_.pop_back();
    }
    return false;
  }

  const LeadStep* NextOf(size_t topic, const Done& done) const {
    const auto& steps = story_.topics[topic];
    return done[topic] < steps.size() ? &steps[done[topic]] : nullptr;
  }

  // Returns the steps that may come next, and when.
  std::vector<Choice> ChoicesAt(const Done& done, Instant last) const {
    const LeadStep* event = NextOf(0, done);
    const LeadStep* command = NextOf(1, done);
    const bool both = event != nullptr && command != nullptr && event->epoch == command->epoch;
    const bool both_say = both && event->said && command->said;
    std::vector<Choice> choices;
    for (size_t topic = 0; topic < done.size(); ++topic) {
      const LeadStep* step = topic == 0 ? event : command;
      const LeadStep* other = topic == 0 ? command : event;
      if (step == nullptr || (other != nullptr && other->epoch < step->epoch)) continue;
      if (both_say && other->first_seq < step->first_seq) continue;
      AddClocks(*step, topic, last, &choices);
    }
    std::stable_sort(choices.begin(), choices.end(), [](const auto& a, const auto& b) { return a.clock < b.clock; });
    return choices;
  }

  static void AddClocks(const LeadStep& step, size_t topic, Instant last, std::vector<Choice>* choices) {
    if (step.said) {
      const Instant clock = Bounded(step, *step.said);
      if (clock >= last) choices->push_back({topic, clock});
      return;
    }
    const Instant first = std::max(last, step.earliest);
    choices->push_back({topic, first});
    if (step.latest > first) choices->push_back({topic, step.latest});
  }

  static Instant Bounded(const LeadStep& step, Instant clock) {
    return std::max(step.earliest, std::min(step.latest, clock));
  }

  // Returns the machine's clock at this step: the earliest possible if the record was refused as too far ahead, else
  // the latest.
  static Instant WallOf(const LeadStep& step) {
    return step.letter == "future_timestamp" ? step.earliest : step.latest;
  }

  // Applies the step to the model; returns whether exactly the changes that this gives were published.
  bool Fits(const LeadStep& step, Instant clock, model::Model* model) const {
    const size_t changes_before = Changes(*model).size();
    const size_t letters_before = model->dead_letters().size();
    model->ReadAt(step.record->record, WallOf(step).millis, clock.millis);
    const auto& letters = model->dead_letters();
    if ((letters.size() > letters_before ? letters.back().reason : "") != step.letter) return false;
    const auto& changes = Changes(*model);
    if (step.said && static_cast<int64_t>(changes.size()) < step.first_seq) return false;
    return Agree(changes, changes_before);
  }

  bool Ends(model::Model model) {
    model.Finish(story_.end.millis);
    return Changes(model).size() == story_.changes.size() && Agree(Changes(model), 0);
  }

  bool Agree(const std::vector<model::Change>& changes, size_t from) const {
    return changes.size() <= story_.changes.size() &&
           std::equal(changes.begin() + static_cast<ptrdiff_t>(from), changes.end(),
                      story_.changes.begin() + static_cast<ptrdiff_t>(from));
  }

  const std::vector<model::Change>& Changes(const model::Model& model) const {
    static const std::vector<model::Change> kNone;
    const auto found = model.changes().find(story_.key);
    return found == model.changes().end() ? kNone : found->second;
  }

  // Returns false if another order led to the same state and found no continuation from there. Erased leads have no
  // comparable state.
  bool IsNew(const model::Model& model, const Done& done, Instant last) {
    const auto leads = model.Leads();
    if (leads.empty()) return true;
    return seen_.emplace(done, last.millis, leads.begin()->second.dump()).second;
  }

  void NoteProgress(const model::Model& model, const Done& done) {
    const std::pair progress(Changes(model).size(), done[0] + done[1]);
    if (progress <= progress_) return;
    progress_ = progress;
    best_ = path_;
  }

  // Adds the rest of the order that came furthest, so that the difference can be shown.
  void AddRest() {
    Done done{};
    for (const AppliedRecord& applied : path_) ++done[static_cast<size_t>(applied.log.topic)];
    Instant last = path_.empty() ? Instant::DistantPast() : path_.back().clock;
    while (NextOf(0, done) || NextOf(1, done)) {
      const LeadStep *event = NextOf(0, done), *command = NextOf(1, done);
      const bool takes_event = command == nullptr || (event != nullptr && OrderKey(*event) <= OrderKey(*command));
      const LeadStep& step = takes_event ? *event : *command;
      last = std::max(last, Bounded(step, step.said.value_or(step.earliest)));
      path_.push_back({step.log, step.offset, step.record, WallOf(step), last});
      ++done[takes_event ? 0 : 1];
    }
  }

  static std::pair<size_t, Instant> OrderKey(const LeadStep& step) {
    return {step.epoch, step.said.value_or(step.earliest)};
  }

  const LeadStory& story_;
  std::vector<AppliedRecord> path_;
  std::vector<AppliedRecord> best_;
  std::pair<size_t, size_t> progress_;
  std::set<std::tuple<Done, int64_t, std::string>> seen_;
  int tries_ = 0;
};

}  // namespace

std::vector<AppliedRecord> OrderOf(const LeadStory& story) { return Search(story).Run(); }

}  // namespace leadpulse::testing
