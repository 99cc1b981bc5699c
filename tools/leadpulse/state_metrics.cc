#include "tools/leadpulse/state_metrics.h"

#include <cstdint>

#include "state/rocksdb/rocksdb_lead_store.h"

namespace leadpulse::tools {
namespace {

constexpr telemetry::MetricType kGauge = telemetry::MetricType::kGauge;
using state::RocksDbFigures;

struct StateMetric {
  const char* name;
  telemetry::MetricType type;
  uint64_t RocksDbFigures::*figure;
  const char* help;
};

constexpr StateMetric kTable[] = {
    {"leadpulse_state_cache_bytes", kGauge, &RocksDbFigures::cache_bytes, "Blocks of tables in RocksDB's cache."},
    {"leadpulse_state_memtable_bytes", kGauge, &RocksDbFigures::memtable_bytes,
     "Rows in RocksDB's memory that are not in a table yet."},
    {"leadpulse_state_table_bytes", kGauge, &RocksDbFigures::table_bytes, "Tables of RocksDB on the disk."},
    {"leadpulse_state_pending_compaction_bytes", kGauge, &RocksDbFigures::pending_compaction_bytes,
     "Estimate of what RocksDB has to compact."},
    {"leadpulse_state_compactions", kGauge, &RocksDbFigures::running_compactions, "Compactions that run now."},
    {"leadpulse_state_delayed_write_rate_bytes", kGauge, &RocksDbFigures::delayed_write_rate,
     "Bytes a second to which RocksDB slows writes because compactions are behind; 0: it does not."},
    {"leadpulse_state_writes_stopped", kGauge, &RocksDbFigures::writes_stopped,
     "1 while writes wait for RocksDB's compactions, else 0."},
};

}  // namespace

void AddStateMetrics(const state::LeadStore* store, telemetry::MetricsPage* page) {
  for (const StateMetric& row : kTable) {
    page->Add({row.name, row.help, row.type, {}, [store, figure = row.figure] {
                 return static_cast<double>(state::FiguresOf(*store).*figure);
               }});
  }
}

}  // namespace leadpulse::tools
