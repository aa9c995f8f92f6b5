/** What the process uses, in one line. */

import type { Gauge } from "../wire";
import { count } from "./format";

/** Of the gauge, the first of that name; with `label`, the one that has it. */
function value(gauges: Gauge[], name: string, label?: string): number | null {
  const found = gauges.find((gauge) => gauge.name === name && (label === undefined || Object.values(gauge.labels).includes(label)));
  return found?.value ?? null;
}

/** 1_234_567_890 → "1.2 GB" */
export function bytes(size: number): string {
  return size >= 1e9 ? `${(size / 1e9).toFixed(1)} GB` : `${count(size / 1e6)} MB`;
}

// Fewer are on their way at any time.
const WAITING = 4; // appends
const BEHIND = 1000; // events

/** ["412 MB of memory", "12.3 GB free", …]: only what is known, and queues only while something waits. */
export function machineWords(gauges: Gauge[]): string[] {
  const [memory, helpers, free] = [value(gauges, "memory_bytes"), value(gauges, "helpers_memory_bytes") ?? 0, value(gauges, "disk_free_bytes")];
  const [log, ahead] = [value(gauges, "database_bytes", "events.db"), value(gauges, "wal_bytes", "events.db") ?? 0];
  const [late, watching] = [value(gauges, "loop_lateness_seconds", "0.99"), value(gauges, "viewers")];
  const waiting = value(gauges, "log_queue") ?? 0;
  const behind = (value(gauges, "log_position") ?? 0) - (value(gauges, "views_position") ?? 0);
  return [
    watching === null ? "" : `${count(watching)} watching`,
    memory === null ? "" : `${bytes(memory + helpers)} of memory`,
    log === null ? "" : `${bytes(log + ahead)} of log`,
    free === null ? "" : `${bytes(free)} of disk free`,
    waiting <= WAITING ? "" : `${count(waiting)} waiting to be written`,
    behind <= BEHIND ? "" : `${count(behind)} events not shown yet`,
    late === null ? "" : `answers ${late < 0.0005 ? "at once" : `within ${count(Math.ceil(late * 1000))} ms`}`,
  ].filter((words) => words !== "");
}
