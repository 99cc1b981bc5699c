#include "processor/serve/index/metrics_page.h"

#include <string>

namespace leadpulse::serve {
namespace {

constexpr telemetry::MetricType kCounter = telemetry::MetricType::kCounter;
constexpr telemetry::MetricType kGauge = telemetry::MetricType::kGauge;

// clang-format off
#define VALUE(member) [](const LeadIndex& index) { return static_cast<double>(index.member()); }
// clang-format on

constexpr IndexMetric kTable[] = {
    {"leadpulse_index_queries_total", kCounter, VALUE(queries),
     "Searches, counts, boards and reports answered from the index of leads."},
    {"leadpulse_index_passes_total", kCounter, VALUE(passes),
     "The same, answered by a scan of all leads of the tenant."},
    {"leadpulse_index_leads", kGauge, VALUE(leads), "Leads in the index; 0 without an index."},
    {"leadpulse_index_pending_leads", kGauge, VALUE(pending),
     "Leads that were written and not indexed since; queries read them."},
    {"leadpulse_index_filling", kGauge, VALUE(is_filling), "1 while the index is being made, else 0."},
    {"leadpulse_index_memory_bytes", kGauge, VALUE(MemoryBytes), "Approximate memory of the index."},
};

#undef VALUE

}  // namespace

std::span<const IndexMetric> IndexMetricTable() { return kTable; }

void AddIndexMetrics(const LeadIndex* index, telemetry::MetricsPage* page) {
  for (const IndexMetric& row : kTable) {
    page->Add({std::string(row.name), std::string(row.help), row.type, {}, [index, value = row.value] {
                 return value(*index);
               }});
  }
}

}  // namespace leadpulse::serve
