// The merged keys of some table files, without damaged blocks. RocksDB's own iterator gives up at the first one. For
// state/rocksdb only.
#pragma once

#include <rocksdb/iterator.h>
#include <rocksdb/sst_file_reader.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace leadpulse::state {

// Owned and called by one thread.
class TableKeys {
 public:
  // Begins with the first key after `after`, or with the first key.
  TableKeys(const std::vector<std::string>& paths, const std::optional<std::string>& after);

  // Each key once, ascending; nullopt at the end. Includes deleted keys. Skips damaged blocks silently; in a file with
  // several, blocks between them may be skipped, too.
  std::optional<std::string> Next();

 private:
  struct Table {
    std::unique_ptr<rocksdb::SstFileReader> reader;
    std::unique_ptr<rocksdb::Iterator> rows;  // destroyed before its reader
  };

  static void PassOverDamage(const std::string& reached, Table* table);

  std::vector<Table> tables_;
};

}  // namespace leadpulse::state
