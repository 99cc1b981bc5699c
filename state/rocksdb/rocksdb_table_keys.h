// The keys in some table files, merged, without what cannot be read: where RocksDB's own iterator gives up, for it
// reads all of them at once. For state/rocksdb_*.cc only.
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
  // Begins with the first key after `after`, or with the first of all.
  TableKeys(const std::vector<std::string>& paths, const std::optional<std::string>& after);

  // Each key once, ascending; nothing at the end. A key may be one that was deleted since. Damaged blocks are passed
  // over without a word, of a file with several of them perhaps also what lies between.
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
