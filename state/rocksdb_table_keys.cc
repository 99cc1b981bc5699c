#include "state/rocksdb_table_keys.h"

#include <rocksdb/options.h>

#include <utility>

namespace leadpulse::state {

TableKeys::TableKeys(const std::vector<std::string>& paths, const std::optional<std::string>& after) {
  for (const std::string& path : paths) {
    Table table;
    table.reader = std::make_unique<rocksdb::SstFileReader>(rocksdb::Options());
    if (!table.reader->Open(path).ok()) continue;
    table.rows.reset(table.reader->NewIterator(rocksdb::ReadOptions()));
    if (after) {
      table.rows->Seek(*after + '\0');
    } else {
      table.rows->SeekToFirst();
    }
    tables_.push_back(std::move(table));
  }
}

std::optional<std::string> TableKeys::Next() {
  std::optional<std::string> least;
  for (const Table& table : tables_) {
    if (!table.rows->Valid()) continue;
    if (!least || table.rows->key().compare(*least) < 0) least = table.rows->key().ToString();
  }
  for (const Table& table : tables_) {
    if (least && table.rows->Valid() && table.rows->key() == *least) table.rows->Next();
  }
  return least;
}

}  // namespace leadpulse::state
