// How far an input has been read, and the hash of the part that was read, which verifies that the input still begins
// with these bytes.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/status.h"
#include "processor/files/input/prefix_hash.h"

namespace leadpulse::input {

class ByteSource;

// The progress of an input. Offsets are in decompressed bytes. Stored with every epoch under the input's path as given.
struct InputProgress {
  // All bytes before it were split into records that were applied.
  uint64_t resume = 0;
  // The bytes read and hashed, at least `resume`. The bytes between the two were one record at the end of the input: a
  // last line without its line end, or a rest that cannot be split. If the input grows, it is read again from `resume`.
  uint64_t read = 0;
  uint64_t lines = 0;         // lines (.pb: records) before `resume`
  bool finished = false;      // the end was reached
  bool broken = false;        // the end was a rest that cannot be split
  bool in_long_line = false;  // the line that continues at `resume` was cut and is a record already: skip its rest
  Hash128 hash;               // covers [0, read)
  uint64_t applied = 0;       // this many records after `resume` were applied, too: they are left out
  uint64_t inode = 0;         // of the followed file; 0: unknown. A hint where to look after a rotation
  // A followed input only: files that had its name before a rotation and are not yet completely read, oldest first.
  // They have none themselves.
  std::vector<InputProgress> before = {};

  // Returns the lines including the record between `resume` and `read`.
  uint64_t lines_read() const { return lines + (read > resume ? 1 : 0); }
  friend bool operator==(const InputProgress&, const InputProgress&) = default;
};

// Encodes as text: `1 <resume> <read> <lines> <finished> <broken> <in_long_line> <hash: 16 hexadecimal digits, 16
// more>`. With an inode: `2 <the same numbers> <inode> <number of files before>`, then the same numbers and the inode
// of each of these. If records after `resume` were applied, `3` takes the place of `2`, and `applied` follows each
// inode. Earlier programs refuse a number that they do not know.
std::string EncodeInputProgress(const InputProgress& progress);
// Decodes the text. Fatal for any other text: the state is damaged or was written by a later program.
Result<InputProgress> DecodeInputProgress(const std::string& path, std::string_view text);

// Returns the name in the store's meta. InputOfProgressName returns the path from such a name; nullopt for any other
// name.
std::string InputProgressName(const std::string& path);
std::optional<std::string> InputOfProgressName(std::string_view name);

// Returns the name of the entry that says under which path the progress of a followed file is stored, so that the file
// is found under a new name.
std::string InputOfInodeName(uint64_t inode);
bool IsInputOfInodeName(std::string_view name);

// Appends the entries of the store's meta for an input: its progress, and of a followed one where to find each inode.
void AppendInputProgress(const std::string& path, const InputProgress& progress,
                         std::vector<std::pair<std::string, std::string>>* entries);

struct VerifiedInput {
  PrefixHash before_resume;  // covers [0, progress.resume)
  bool grown = false;        // there are more bytes than were read (always true for standard input)
  std::string tail;          // the bytes [resume, read), if `keep_tail`
};

// Reads `source` from its beginning to progress.read and compares the hash. Rejected, with the input's name and what to
// do, if it is shorter or differs. Fatal if it cannot be read. nullopt if `stop` became true in between. With
// `keep_tail` (for standard input, which cannot be read twice) the source is then at progress.read, and the tail, at
// most one record of kMaxRawRecord, is returned.
Result<std::optional<VerifiedInput>> VerifyInput(const std::string& path, const InputProgress& progress, bool keep_tail,
                                                 const std::atomic<bool>& stop, ByteSource* source);

}  // namespace leadpulse::input
