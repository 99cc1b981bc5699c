// A replay into a state: a fresh one, or a copy that shows what would change.
#pragma once

#include "config/settings.h"
#include "processor/replay/topic_archive.h"
#include "tools/leadpulse/replay/replay_options.h"

namespace leadpulse::tools {

// The range of the topics that `--from-kafka` asks for.
replay::TopicSource TopicSourceOf(const ReplayLine& line, const config::Settings& settings);

// `leadpulse run` on what is selected. A state that was begun by other arguments is refused. Gives an ExitCode.
Result<int> ReplayIntoState(const ReplayLine& line);

// What the records would change in --state, of which a copy beside it takes them and is removed again. Gives an
// ExitCode.
Result<int> DryRunReplay(const ReplayLine& line);

}  // namespace leadpulse::tools
