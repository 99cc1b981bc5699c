// The decoding of bytes to checked records on one core: records a second, beside the cost of only parsing the same
// bytes. METHOD.md explains the figures.
#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "leadpulse/v1/input.pb.h"
#include "schemas/codec/input_writer.h"
#include "schemas/codec/record_decoder.h"
#include "tests/bench/allocation_count.h"
#include "tests/bench/bench_options.h"
#include "tests/bench/event_stream.h"

namespace leadpulse::bench {
namespace {

constexpr size_t kBatchRecords = 4096;  // as a run has them
constexpr int kRounds = 4;              // the first warms up and does not count

enum class Wire { kJson, kProtobuf };

// Records side by side, as a batch of a run has them.
struct Batch {
  std::string bytes;
  std::vector<std::string_view> records;
};

// Adds the properties that a shop sends and a mail platform does not.
void AddDetails(codec::Event* event) {
  event->url = "https://www.acme.example/shop/" + event->event_id + "?utm_source=mail&utm_campaign=spring";
  event->properties = {{"currency", "EUR"}, {"items", 3.0}, {"returning", true}, {"total", 129.95}};
}

Batch Encode(const std::vector<codec::Event>& events, Wire wire) {
  Batch batch;
  std::vector<size_t> ends;
  for (const codec::Event& event : events) {
    if (wire == Wire::kJson) {
      codec::AppendInputJson(event, &batch.bytes);
      batch.bytes.pop_back();  // the line end
    } else {
      std::string message;
      codec::AppendTopicProtobuf(event, &message);
      batch.bytes += message;
    }
    ends.push_back(batch.bytes.size());
  }
  const size_t size = batch.bytes.size();
  batch.bytes.append(simdjson::SIMDJSON_PADDING, ' ');  // so that the yardstick may read beyond a record
  for (size_t i = 0; i < ends.size(); ++i) {
    const size_t begin = i == 0 ? 0 : ends[i - 1];
    batch.records.push_back(std::string_view(batch.bytes).substr(0, size).substr(begin, ends[i] - begin));
  }
  return batch;
}

std::vector<Batch> MakeBatches(Wire wire, bool detailed, uint64_t count) {
  EventStream stream(StreamShape{});
  std::vector<codec::Event> events;
  std::vector<Batch> batches;
  for (uint64_t made = 0; made < count; made += events.size()) {
    stream.Fill(std::min<uint64_t>(kBatchRecords, count - made), &events);
    if (detailed) std::for_each(events.begin(), events.end(), [](codec::Event& event) { AddDetails(&event); });
    batches.push_back(Encode(events, wire));
  }
  return batches;
}

void Must(bool well) {
  if (well) return;
  std::fprintf(stderr, "a record that this program made cannot be read\n");
  std::exit(1);
}

// Parses each record to a document, in place: the yardstick for JSON.
void ParseJson(const Batch& batch, simdjson::dom::parser* parser) {
  for (std::string_view record : batch.records) {
    simdjson::dom::element root;
    Must(parser->parse(record.data(), record.size(), /*realloc_if_needed=*/false).get(root) == simdjson::SUCCESS);
    benchmark::DoNotOptimize(root);
  }
}

// Parses each record into one reused message: the yardstick for Protobuf.
void ParseProtobuf(const Batch& batch, v1::EngagementEvent* message) {
  for (std::string_view record : batch.records) {
    Must(message->ParseFromArray(record.data(), static_cast<int>(record.size())));
    benchmark::DoNotOptimize(message->occurred_at().seconds());
  }
}

void Decode(const Batch& batch, codec::RecordDecoder* decoder, std::vector<codec::Decoded>* decoded) {
  for (size_t i = 0; i < batch.records.size(); ++i) {
    decoder->DecodeInto(batch.records[i], {}, &(*decoded)[i]);
    Must(std::holds_alternative<codec::Event>((*decoded)[i]));
  }
}

void Bench(benchmark::State& state, Wire wire, bool detailed, uint64_t count) {
  const std::vector<Batch> batches = MakeBatches(wire, detailed, count);
  const std::unique_ptr<codec::RecordDecoder> decoder =
      wire == Wire::kJson ? codec::MakeJsonRecordDecoder()
                          : codec::MakeProtobufRecordDecoder(codec::RecordShape::kEvent);
  simdjson::dom::parser parser;
  v1::EngagementEvent message;
  std::vector<codec::Decoded> decoded(kBatchRecords);
  for ([[maybe_unused]] auto iteration : state) {
    double parsing = 0, decoding = 0;
    uint64_t records = 0, bytes = 0, allocations = 0;
    for (int round = 0; round < kRounds; ++round) {
      if (round == 1) parsing = decoding = 0, records = bytes = allocations = 0;
      for (const Batch& batch : batches) {
        const double began = ThreadSeconds();
        wire == Wire::kJson ? ParseJson(batch, &parser) : ParseProtobuf(batch, &message);
        const double parsed = ThreadSeconds();
        const uint64_t allocated = AllocationCount();
        Decode(batch, decoder.get(), &decoded);
        decoding += ThreadSeconds() - parsed;
        parsing += parsed - began;
        allocations += AllocationCount() - allocated;
        records += batch.records.size();
        bytes += batch.bytes.size();
      }
    }
    const auto total = static_cast<double>(records);
    state.SetIterationTime(decoding);
    state.counters["records_per_second"] = total / decoding;
    state.counters["allocations_per_record"] = static_cast<double>(allocations) / total;
    state.counters["ratio_to_parser"] = parsing / decoding;
    state.counters["bytes_per_record"] = static_cast<double>(bytes) / total;
  }
}

void Register(const char* name, Wire wire, bool detailed, uint64_t count) {
  benchmark::RegisterBenchmark(name, [=](benchmark::State& state) { Bench(state, wire, detailed, count); })
      ->Iterations(1)
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond);
}

}  // namespace
}  // namespace leadpulse::bench

int main(int argc, char** argv) {
  namespace bench = leadpulse::bench;
  const bench::BenchOptions options = bench::ParseBenchOptions(&argc, argv, {1, 200'000});
  bench::Register("decode_json", bench::Wire::kJson, false, options.events);
  bench::Register("decode_json_detailed", bench::Wire::kJson, true, options.events);
  bench::Register("decode_protobuf", bench::Wire::kProtobuf, false, options.events);
  bench::Register("decode_protobuf_detailed", bench::Wire::kProtobuf, true, options.events);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
