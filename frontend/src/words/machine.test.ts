import { describe, expect, it } from "vitest";
import { bytes, machineWords } from "./machine";

const gauge = (name: string, value: number, labels: Record<string, string> = {}) => ({ name, help: "", value, labels });

describe("what the machine says of itself", () => {
  it("tells what is known, in words", () => {
    const gauges = [
      gauge("memory_bytes", 312_345_678),
      gauge("helpers_memory_bytes", 100_000_000),
      gauge("database_bytes", 1_250_000, { file: "events.db" }),
      gauge("wal_bytes", 2_000_000, { file: "events.db" }),
      gauge("database_bytes", 9e9, { file: "demo_state.db" }),
      gauge("disk_free_bytes", 12_340_000_000),
      gauge("viewers", 3),
      gauge("loop_lateness_seconds", 0.0002, { quantile: "0.5" }),
      gauge("loop_lateness_seconds", 0.0031, { quantile: "0.99" }),
    ];
    expect(machineWords(gauges)).toEqual(["3 watching", "412 MB of memory", "3 MB of log", "12.3 GB of disk free", "answers within 4 ms"]);
  });

  it("tells of queues while something waits", () => {
    const gauges = [gauge("log_queue", 2), gauge("log_position", 5_000), gauge("views_position", 4_500)];
    expect(machineWords(gauges)).toEqual([]);
    const late = [gauge("log_queue", 12), gauge("log_position", 5_000), gauge("views_position", 3_500)];
    expect(machineWords(late)).toEqual(["12 waiting to be written", "1,500 events not shown yet"]);
  });

  it("says nothing of what is not known", () => {
    expect(machineWords([])).toEqual([]);
    expect(machineWords([gauge("loop_lateness_seconds", 0, { quantile: "0.99" })])).toEqual(["answers at once"]);
    expect(bytes(1.2e9)).toBe("1.2 GB");
  });
});
