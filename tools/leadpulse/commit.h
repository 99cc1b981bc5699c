// The commit that the program was built from, for `leadpulse --version`. commit.cmake writes the definition.
#pragma once

namespace leadpulse::tools {

// `3495687d`, `3495687d-dirty` if tracked files had changes, or empty if the source was no clone.
extern const char kCommit[];

}  // namespace leadpulse::tools
