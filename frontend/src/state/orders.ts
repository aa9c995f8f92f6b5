/** Commands to the training, as the server takes them. */

export type Order =
  | { command: "pause" }
  | { command: "unpause" }
  | { command: "randomize_affordances" }
  | { command: "checkpoint_now" }
  | { command: "set_pace"; episodes_per_hour: number | null };

export const PACES: { name: string; perHour: number | null }[] = [
  { name: "as fast as it can", perHour: null },
  { name: "ten lives a second", perHour: 36_000 },
  { name: "one life a second", perHour: 3_600 },
  { name: "ten lives a minute", perHour: 600 },
];

/** Sends it; "" when it was taken, else why not. */
export async function ask(run: string, order: Order): Promise<string> {
  try {
    const answer = await fetch(`/api/commands?run=${encodeURIComponent(run)}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(order),
    });
    if (answer.ok) return "";
    const { detail } = (await answer.json()) as { detail?: string };
    return detail ?? `the server answered ${answer.status}`;
  } catch {
    return "the server cannot be reached";
  }
}
