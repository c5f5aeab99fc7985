-- What every load has. Threads have a `number`, from 0.
local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

-- Prints the figures of a run as one line of JSON, the last one of wrk's output. Latencies are in microseconds.
function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "duration_us": %d, "median_us": %.1f, "p99_us": %.1f, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout
  ))
end
