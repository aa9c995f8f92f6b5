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

/** ["412 MB of memory", "12.3 GB free", …]: only what is known. */
export function machineWords(gauges: Gauge[]): string[] {
  const [memory, free, log] = [value(gauges, "memory_bytes"), value(gauges, "disk_free_bytes"), value(gauges, "database_bytes", "events.db")];
  const [late, watching] = [value(gauges, "loop_lateness_seconds", "0.99"), value(gauges, "viewers")];
  return [
    watching === null ? "" : `${count(watching)} watching`,
    memory === null ? "" : `${bytes(memory)} of memory`,
    log === null ? "" : `${bytes(log)} of log`,
    free === null ? "" : `${bytes(free)} of disk free`,
    late === null ? "" : `answers ${late < 0.0005 ? "at once" : `within ${count(Math.ceil(late * 1000))} ms`}`,
  ].filter((words) => words !== "");
}
